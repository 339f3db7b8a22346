// A guest that panics on every bar.
package main

import api "tradewind"

type panics struct{ bars int }

func (*panics) Parameters(*api.Parameters) {}

func (*panics) OnStart() error { return nil }

func (p *panics) OnBar(bar api.Bar) error {
	p.bars++
	panic("I always do: " + bar.Symbol)
}

func init() { api.Register(api.About{Identifier: "panics", Name: "panics"}, &panics{}) }

func main() {}
