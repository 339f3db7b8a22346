// Buy when the RSI falls below `low`, sell all when it rises above `high`. With "host": true the host computes the RSI.
// Build it with `python examples/wasm/build.py go rsi`.
package main

import (
	"errors"

	api "tradewind"
)

type Rsi struct {
	period              int
	low, high, quantity float64
	host                bool

	rsi    *api.RSI
	symbol string
}

func (s *Rsi) Parameters(p *api.Parameters) {
	p.Int(&s.period, "period", 14, "bars of the index")
	p.Float(&s.low, "low", 30, "buy below")
	p.Float(&s.high, "high", 70, "sell above")
	p.Float(&s.quantity, "quantity", 0.1, "how much to buy")
	p.Bool(&s.host, "host", false, "ask the host for the index instead of computing it here")
}

func (s *Rsi) OnStart() error {
	if s.period < 1 {
		return errors.New("period is a number of bars, 1 or more")
	}
	s.rsi = api.NewRSI(s.period)
	if s.host {
		api.ConfigureIndicator(api.IndicatorRSI, "["+api.Text(float64(s.period))+"]")
	}
	return nil
}

func (s *Rsi) OnBar(bar api.Bar) error {
	if s.symbol == "" {
		s.symbol = bar.Symbol
	}
	if bar.Symbol != s.symbol { // the first symbol only
		return nil
	}
	index, ready := s.index(bar)
	if !ready || (index >= s.low && index <= s.high) {
		return nil
	}
	held := api.GetPosition(bar.Symbol).Quantity
	if index < s.low && held == 0 {
		s.order(api.Buy, s.quantity, "weak")
	} else if index > s.high && held > 0 {
		s.order(api.Sell, held, "strong")
	}
	return nil
}

func (s *Rsi) index(bar api.Bar) (float64, bool) {
	if s.host {
		return api.GetSignal(api.IndicatorRSI, bar).Value("rsi") // ends the call while there are too few bars
	}
	return s.rsi.Update(bar.Close)
}

func (s *Rsi) order(side api.Side, quantity float64, reason string) {
	api.PlaceOrder(api.Order{Symbol: s.symbol, Side: side, Quantity: quantity, Reason: api.Reason{Reason: reason}})
}

func init() {
	api.Register(api.About{Identifier: "rsi", Name: "RSI", Description: "Buys weakness, sells strength."}, &Rsi{})
}

func main() {}
