// Package tradewind is what a strategy in Go needs: implement Strategy, Register it in init(), build it to WebAssembly.
//
// Every function of the host is here under its own name. The host has no way to answer "no" but to end the call of
// OnBar there and then, without deferred functions: so change your own state after you have asked, not before.
package tradewind

// A Strategy decides on closed bars. Its fields live until the host starts the guest anew; what must
// survive that goes into SetCache.
type Strategy interface {
	// Parameters says what can be configured; the fields have their values when OnStart is called.
	Parameters(p *Parameters)
	// OnStart is called once. Nothing can be ordered yet; an error ends the load.
	OnStart() error
	// OnBar is called with every closed bar of this strategy's symbols. An error is recorded, and the next bar comes.
	OnBar(bar Bar) error
}

// About says what a strategy is called. The identifier must not be empty: letters, digits, dots, dashes.
type About struct{ Identifier, Name, Description string }

var (
	about      About
	strategy   Strategy
	parameters Parameters
)

// Register makes `s` the strategy of this guest.
func Register(a About, s Strategy) {
	about, strategy = a, s
	s.Parameters(&parameters)
}

// GetRange returns the bars that opened from `start` to `end`, oldest first; 0 leaves an end open.
func GetRange(symbol string, start, end int64, interval Interval) (bars []Bar) {
	r := call(getRange, func(w *writer) {
		w.text(1, symbol)
		w.time(2, start)
		w.time(3, end)
		w.number(4, int64(interval))
	})
	for r.next() {
		if r.field == 1 {
			bars = append(bars, Bar{})
			r.inner(bars[len(bars)-1].decode)
		}
	}
	return bars
}

// ReadLastData returns the newest closed bar of a symbol.
func ReadLastData(symbol string) (bar Bar) {
	r := call(readLastData, func(w *writer) { w.text(1, symbol) })
	bar.decode(&r)
	return bar
}

// ExecuteSQL asks the table market_data(id, time, symbol, open, high, low, close, volume); a row is name → text.
func ExecuteSQL(query string, params ...string) (rows []map[string]string) {
	r := call(executeSQL, func(w *writer) {
		w.text(1, query)
		for _, p := range params {
			w.element(2, p)
		}
	})
	for r.next() {
		row := map[string]string{}
		r.inner(func(fields *reader) {
			for fields.next() {
				key, value := fields.pair()
				row[key] = value
			}
		})
		rows = append(rows, row)
	}
	return rows
}

// Count returns how many bars opened from `start` to `end`.
func Count(start, end int64) (count int) {
	r := call(countBars, func(w *writer) {
		w.time(1, start)
		w.time(2, end)
	})
	for r.next() {
		count = int(r.number())
	}
	return count
}

// ConfigureIndicator sets the one configuration of an indicator, a JSON array such as "[14, 30, 70]".
func ConfigureIndicator(indicator Indicator, config string) {
	call(configureIndicator, func(w *writer) {
		w.number(1, int64(indicator))
		w.text(2, config)
	})
}

// GetSignal computes an indicator of the host as of `bar`; Bar{} is the present one.
func GetSignal(indicator Indicator, bar Bar) (signal Signal) {
	r := call(getSignal, func(w *writer) {
		w.number(1, int64(indicator))
		putBar(w, 2, bar)
	})
	signal.decode(&r)
	return signal
}

// Value returns one value of the signal, such as "rsi".
func (s Signal) Value(name string) (value float64, ok bool) {
	err := eachMember(s.Raw, func(m member) {
		if m.key == name && m.kind == 'n' {
			value, ok = parseNumber(m.text)
		}
	})
	if err != nil {
		return 0, false
	}
	return value, ok
}

// GetCache returns what SetCache has kept, "" if nothing.
func GetCache(key string) (value string) {
	r := call(getCache, func(w *writer) { w.text(1, key) })
	for r.next() {
		value = r.text()
	}
	return value
}

// SetCache keeps a text beyond a restart.
func SetCache(key, value string) {
	call(setCache, func(w *writer) {
		w.text(1, key)
		w.text(2, value)
	})
}

// PlaceOrder wishes for an order; it leaves when OnBar returns, and its fills show from the next bar on.
func PlaceOrder(order Order) { call(placeOrder, order.encode) }

// PlaceMultipleOrders is PlaceOrder for each, in order.
func PlaceMultipleOrders(orders []Order) {
	call(placeMultipleOrders, func(w *writer) {
		for _, o := range orders {
			put(w, 1, o)
		}
	})
}

// GetPositions returns the open positions.
func GetPositions() (positions []Position) {
	r := call(getPositions, nothing)
	for r.next() {
		positions = append(positions, Position{})
		r.inner(positions[len(positions)-1].decode)
	}
	return positions
}

// GetPosition returns the position in a symbol; its quantity is 0 when flat.
func GetPosition(symbol string) (position Position) {
	r := call(getPosition, func(w *writer) { w.text(1, symbol) })
	position.decode(&r)
	return position
}

// CancelOrder takes an order back, by the host's id or by your alias.
func CancelOrder(id string) { call(cancelOrder, func(w *writer) { w.text(1, id) }) }

// CancelAllOrders takes back all orders of this strategy.
func CancelAllOrders() { call(cancelAllOrders, nothing) }

// GetOrderStatus returns how an order stands, by the host's id or by your alias.
func GetOrderStatus(id string) (status OrderStatus) {
	r := call(getOrderStatus, func(w *writer) { w.text(1, id) })
	for r.next() {
		status = OrderStatus(r.number())
	}
	return status
}

// GetAccountInfo returns the account of this strategy.
func GetAccountInfo() (account AccountInfo) {
	r := call(getAccountInfo, nothing)
	account.decode(&r)
	return account
}

// GetOpenOrders returns the orders that have not ended, those of this very call too.
func GetOpenOrders() (orders []OpenOrder) {
	r := call(getOpenOrders, nothing)
	for r.next() {
		orders = append(orders, OpenOrder{})
		r.inner(orders[len(orders)-1].decode)
	}
	return orders
}

// GetTrades returns executions, oldest first; "" and 0 do not restrict, a limit keeps the newest.
func GetTrades(symbol string, start, end int64, limit int) (trades []Trade) {
	r := call(getTrades, func(w *writer) {
		w.text(1, symbol)
		w.time(2, start)
		w.time(3, end)
		w.number(4, int64(limit))
	})
	for r.next() {
		trades = append(trades, Trade{})
		r.inner(trades[len(trades)-1].decode)
	}
	return trades
}

// Mark puts a mark on the chart at `bar`; Bar{} is the present one.
func Mark(marker Marker, bar Bar) {
	call(mark, func(w *writer) {
		putBar(w, 1, bar)
		put(w, 2, marker)
	})
}

// GetMarkers returns this strategy's marks, oldest first.
func GetMarkers() (markers []Marker) {
	r := call(getMarkers, nothing)
	for r.next() {
		markers = append(markers, Marker{})
		r.inner(markers[len(markers)-1].decode)
	}
	return markers
}

// Log writes a line into the session's log; fields are keys and values in turn.
func Log(level Level, message string, fields ...string) {
	call(hostLog, func(w *writer) {
		w.number(1, int64(level))
		w.text(2, message)
		w.pairs(3, fields)
	})
}

// putBar writes a bar. Mostly it is the one that the host has just told of, and then its bytes are there.
func putBar(w *writer, field int, bar Bar) {
	switch bar {
	case Bar{}:
	case present.bar:
		w.tag(field, wireBytes)
		w.varint(uint64(len(present.bytes)))
		w.buffer = append(w.buffer, present.bytes...)
	default:
		put(w, field, bar)
	}
}

func nothing(*writer) {}

var request writer

// call asks the host. The answer lies in memory of the host's until OnBar returns: read it at once.
func call(function func(offset, size uint32) uint64, encode func(*writer)) reader {
	request.buffer = request.buffer[:0]
	encode(&request)
	answer := function(place(request.buffer))
	return reader{rest: view(uint32(answer>>32), uint32(answer))}
}
