module examples

go 1.24

require tradewind v0.0.0

// The kit, one folder of plain Go; `tradewind new strategy NAME --wasm go` puts a copy of it beside your strategy.
replace tradewind => ../../../src/tradewind/app/guest_kits/go/tradewind
