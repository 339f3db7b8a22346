module every_call

go 1.24

require tradewind v0.0.0

replace tradewind => ../../../src/tradewind/app/guest_kits/go/tradewind
