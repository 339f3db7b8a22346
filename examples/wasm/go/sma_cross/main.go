// The logic of examples/sma_cross_stop.py: buy when the fast average crosses above the slow one; sell all below it, or
// when a bar closes under the stop. Build it with `python examples/wasm/build.py go sma_cross`.
package main

import (
	"errors"

	api "tradewind"
)

type SmaCross struct {
	fast, slow     int
	quantity, stop float64

	fastAverage, slowAverage *api.SMA
	symbol                   string
	above, known             bool
}

func (s *SmaCross) Parameters(p *api.Parameters) {
	p.Int(&s.fast, "fast", 20, "bars of the fast average")
	p.Int(&s.slow, "slow", 50, "bars of the slow average")
	p.Float(&s.quantity, "quantity", 0.1, "how much to buy")
	p.Float(&s.stop, "stop", 0.98, "of the close at which the entry was decided")
}

func (s *SmaCross) OnStart() error {
	if s.fast < 1 || s.slow < 1 {
		return errors.New("fast and slow are numbers of bars, 1 or more")
	}
	s.fastAverage, s.slowAverage = api.NewSMA(s.fast), api.NewSMA(s.slow)
	return nil
}

func (s *SmaCross) OnBar(bar api.Bar) error {
	if s.symbol == "" {
		s.symbol = bar.Symbol
	}
	if bar.Symbol != s.symbol { // the first symbol only
		return nil
	}
	fast, fastReady := s.fastAverage.Update(bar.Close)
	slow, slowReady := s.slowAverage.Update(bar.Close)
	if !fastReady || !slowReady {
		return nil
	}
	crossed := s.known && !s.above && fast > slow
	s.above, s.known = fast > slow, true

	held := api.GetPosition(bar.Symbol).Quantity
	if held == 0 && crossed {
		api.SetCache("entry", api.Text(bar.Close))
		s.order(api.Buy, s.quantity, "cross up")
	} else if held > 0 {
		s.exit(bar, held)
	}
	return nil
}

// The close of the entry's bar stands in the cache until the exit is ordered, so that it outlives a restart.
func (s *SmaCross) exit(bar api.Bar, held float64) {
	entry, open := api.Number(api.GetCache("entry"))
	if !open || (s.above && bar.Close >= entry*s.stop) {
		return
	}
	reason := "cross down"
	if s.above {
		reason = "stop"
	}
	api.SetCache("entry", "")
	s.order(api.Sell, held, reason)
}

func (s *SmaCross) order(side api.Side, quantity float64, reason string) {
	api.PlaceOrder(api.Order{Symbol: s.symbol, Side: side, Quantity: quantity, Reason: api.Reason{Reason: reason}})
}

func init() {
	api.Register(api.About{Identifier: "sma-cross", Name: "SMA cross with stop"}, &SmaCross{})
}

func main() {}
