module tradewind

go 1.24
