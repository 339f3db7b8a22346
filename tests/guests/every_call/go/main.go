// Makes every call of the contract once a bar and says what came back; every_call.zig does the same.
package main

import (
	"errors"
	"strconv"
	"strings"

	api "tradewind"
)

type everyCall struct {
	title string
	depth int
	ratio float64
	loud  bool
}

func (e *everyCall) Parameters(p *api.Parameters) {
	p.Text(&e.title, "title", "none", `a "text"`)
	p.Int(&e.depth, "depth", 3, "a number")
	p.Float(&e.ratio, "ratio", 0.5, "a share")
	p.Bool(&e.loud, "loud", false, "a switch")
}

func (e *everyCall) OnStart() error {
	say(e.title, strconv.Itoa(e.depth), api.Text(e.ratio), strconv.FormatBool(e.loud))
	return nil
}

func (e *everyCall) OnBar(bar api.Bar) error {
	if bar.Close < 0 {
		return errors.New("closed below zero")
	}
	said := bar.Symbol + strconv.FormatInt(bar.Time, 10)
	for _, each := range []float64{bar.Open, bar.High, bar.Low, bar.Close, bar.Volume} {
		said += " " + api.Text(each)
	}
	say(said)
	market(bar)
	indicators(bar)
	orders(bar)
	account(bar)
	marks(bar)
	return nil
}

func market(bar api.Bar) {
	for _, b := range api.GetRange("BTC", bar.Time-1_500_000_000, 0, api.Minutes15) {
		say(b.Symbol, number(b.Time), api.Text(b.Open), api.Text(b.High), api.Text(b.Low), api.Text(b.Close), api.Text(b.Volume))
	}
	say(api.Text(api.ReadLastData("ETH").Close))
	for _, row := range api.ExecuteSQL("SELECT ?", "a", "") {
		say(row["x"], row["y"])
	}
	say(strconv.Itoa(api.Count(1, -1)))
}

func indicators(bar api.Bar) {
	api.ConfigureIndicator(api.IndicatorPSY, "[12]")
	s := api.GetSignal(api.IndicatorMACD, bar)
	value, ok := s.Value("macd")
	missing, there := s.Value("none")
	say(number(s.Time), number(int64(s.Type)), s.Name, s.Reason, s.Symbol, number(int64(s.Indicator)),
		api.Text(value), strconv.FormatBool(ok), api.Text(missing), strconv.FormatBool(there))
	say(api.GetSignal(api.IndicatorRSI, api.Bar{}).Name)
	bar.Time -= 60_000_000_000
	say(api.GetSignal(api.IndicatorRSI, bar).Name)
	say(api.GetCache("key"))
	api.SetCache("key", "välue")
}

func orders(bar api.Bar) {
	full := api.Order{
		Alias: "mine", Symbol: "BTC", Side: api.Sell, Type: api.Limit, Position: api.Short, Quantity: 0.5, Price: 2,
		Reason: api.Reason{Reason: "r", Message: strings.Repeat("m", 200)}, Label: "label",
	}
	api.PlaceOrder(full)
	api.PlaceMultipleOrders([]api.Order{{Symbol: "A", Quantity: 1}, {}, full})
	api.CancelOrder("mine")
	api.CancelAllOrders()
	say(number(int64(api.GetOrderStatus("mine"))))
	for _, o := range api.GetOpenOrders() {
		say(o.ID, o.Symbol, number(int64(o.Side)), number(int64(o.Type)), number(int64(o.Position)), api.Text(o.Quantity),
			api.Text(o.Price), o.Reason.Reason, o.Reason.Message, o.Label)
	}
}

func account(bar api.Bar) {
	positions := append(api.GetPositions(), api.GetPosition("BTC"))
	for _, p := range positions {
		say(p.Symbol, api.Text(p.Quantity), api.Text(p.TotalIn), api.Text(p.TotalOut), api.Text(p.AmountIn),
			api.Text(p.AmountOut), api.Text(p.FeeIn), api.Text(p.FeeOut), number(p.Opened), p.Label)
	}
	a := api.GetAccountInfo()
	say(api.Text(a.Balance), api.Text(a.Equity), api.Text(a.BuyingPower), api.Text(a.RealizedPnL),
		api.Text(a.UnrealizedPnL), api.Text(a.TotalFees), api.Text(a.MarginUsed))
	for _, t := range api.GetTrades("BTC", 1_000_000_000, bar.Time, 9) {
		say(t.OrderID, t.Symbol, number(int64(t.Side)), number(int64(t.Position)), api.Text(t.Quantity), api.Text(t.Price),
			api.Text(t.Fee), api.Text(t.PnL), api.Text(t.CumulativePnL), number(t.Executed), t.Reason.Reason, t.Label)
	}
}

func marks(bar api.Bar) {
	api.Mark(api.Marker{
		Color: "red", Shape: api.Triangle, Title: "t", Message: "m", Category: "c", Signal: api.Abort, Level: api.MarkError,
	}, bar)
	api.Mark(api.Marker{Title: "here", Signal: api.NoAction}, api.Bar{})
	for _, m := range api.GetMarkers() {
		say(m.Color, number(int64(m.Shape)), m.Title, m.Message, m.Category, number(int64(m.Signal)), number(int64(m.Level)))
	}
	api.Log(api.Error, "fields", "a", "1", "b", "")
}

func number(value int64) string { return strconv.FormatInt(value, 10) }

func say(parts ...string) { api.Log(api.Info, strings.Join(parts, "|")) }

func init() {
	api.Register(api.About{Identifier: "every-call", Name: "every call"}, &everyCall{})
}

func main() {}
