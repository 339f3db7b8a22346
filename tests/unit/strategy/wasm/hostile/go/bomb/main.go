// A guest that keeps 1 MiB more and more until there is no memory left.
package main

import api "tradewind"

type bomb struct{ kept [][]byte }

func (*bomb) Parameters(*api.Parameters) {}

func (*bomb) OnStart() error { return nil }

func (b *bomb) OnBar(api.Bar) error {
	for {
		block := make([]byte, 1<<20)
		block[len(b.kept)] = 1
		b.kept = append(b.kept, block)
	}
}

func init() { api.Register(api.About{Identifier: "bomb", Name: "bomb"}, &bomb{}) }

func main() {}
