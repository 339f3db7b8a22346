// A guest that lets chance decide: clocks, random numbers, the order of a map. On the bar of its config it panics.
package main

import (
	"math/rand"
	"strconv"
	"time"

	api "tradewind"
)

type dice struct {
	panicAt float64
	bars    int
}

func (d *dice) Parameters(p *api.Parameters) { p.Float(&d.panicAt, "panic_at", 0, "the close of the bar") }

func (d *dice) OnStart() error { return nil }

func (d *dice) OnBar(bar api.Bar) error {
	d.bars++
	began := time.Now()
	time.Sleep(time.Hour)
	said := strconv.FormatInt(began.UnixNano(), 10) + " " + strconv.FormatInt(int64(time.Since(began)), 10)
	for key := range map[int]bool{1: true, 2: true, 3: true, 4: true, 5: true} {
		said += " " + strconv.Itoa(key)
	}
	said += " " + strconv.FormatUint(rand.Uint64(), 10) + " bar " + strconv.Itoa(d.bars)
	api.Log(api.Info, said)
	if rand.Intn(2) == 0 {
		api.PlaceOrder(api.Order{Symbol: bar.Symbol, Side: api.Side(rand.Intn(2)), Quantity: rand.Float64()})
	}
	api.Mark(api.Marker{Title: said}, api.Bar{})
	if bar.Close == d.panicAt {
		panic("unlucky")
	}
	return nil
}

func init() { api.Register(api.About{Identifier: "dice", Name: "dice"}, &dice{}) }

func main() {}
