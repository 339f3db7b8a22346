package tradewind

// The two sides of the module: what the host calls, and the functions it offers. Pointers are offsets into memory.

import "unsafe"

//go:wasmimport env get_range
func getRange(offset, size uint32) uint64

//go:wasmimport env read_last_data
func readLastData(offset, size uint32) uint64

//go:wasmimport env execute_sql
func executeSQL(offset, size uint32) uint64

//go:wasmimport env count
func countBars(offset, size uint32) uint64

//go:wasmimport env configure_indicator
func configureIndicator(offset, size uint32) uint64

//go:wasmimport env get_signal
func getSignal(offset, size uint32) uint64

//go:wasmimport env get_cache
func getCache(offset, size uint32) uint64

//go:wasmimport env set_cache
func setCache(offset, size uint32) uint64

//go:wasmimport env place_order
func placeOrder(offset, size uint32) uint64

//go:wasmimport env place_multiple_orders
func placeMultipleOrders(offset, size uint32) uint64

//go:wasmimport env get_positions
func getPositions(offset, size uint32) uint64

//go:wasmimport env get_position
func getPosition(offset, size uint32) uint64

//go:wasmimport env cancel_order
func cancelOrder(offset, size uint32) uint64

//go:wasmimport env cancel_all_orders
func cancelAllOrders(offset, size uint32) uint64

//go:wasmimport env get_order_status
func getOrderStatus(offset, size uint32) uint64

//go:wasmimport env get_account_info
func getAccountInfo(offset, size uint32) uint64

//go:wasmimport env get_open_orders
func getOpenOrders(offset, size uint32) uint64

//go:wasmimport env get_trades
func getTrades(offset, size uint32) uint64

//go:wasmimport env mark
func mark(offset, size uint32) uint64

//go:wasmimport env get_markers
func getMarkers(offset, size uint32) uint64

//go:wasmimport env log
func hostLog(offset, size uint32) uint64

//go:wasmexport trading_strategy_api_version
func apiVersion() uint64 { return 1 }

const engineVersionText = "1.24.0"

//go:wasmexport trading_strategy_engine_version
func engineVersion() uint64 {
	text := engineVersionText
	return uint64(uintptr(unsafe.Pointer(unsafe.StringData(text))))<<32 | uint64(len(text))
}

//go:wasmexport trading_strategy_get_identifier
func getIdentifier(offset, size uint32) uint64 { return answerText(about.Identifier) }

//go:wasmexport trading_strategy_name
func name(offset, size uint32) uint64 { return answerText(about.Name) }

//go:wasmexport trading_strategy_get_description
func getDescription(offset, size uint32) uint64 { return answerText(about.Description) }

//go:wasmexport trading_strategy_get_config_schema
func getConfigSchema(offset, size uint32) uint64 { return answerText(parameters.schema()) }

//go:wasmexport trading_strategy_initialize
func initialize(offset, size uint32) uint64 {
	config, r := "", reader{rest: view(offset, size)}
	for r.next() {
		if r.field == 1 {
			config = r.text()
		}
	}
	if r.bad {
		return answerError("the request of Initialize cannot be read")
	}
	if err := parameters.set(config); err != nil {
		return answerError(err.Error())
	}
	if err := strategy.OnStart(); err != nil {
		return answerError(err.Error())
	}
	return 0
}

// The bar of this call, and its bytes: they stay where they are until the call is over.
var present struct {
	bar   Bar
	bytes []byte
}

//go:wasmexport trading_strategy_process_data
func processData(offset, size uint32) uint64 {
	present.bar, present.bytes = Bar{}, nil
	r := reader{rest: view(offset, size)}
	for r.next() {
		if r.field == 1 && r.is(wireBytes) {
			nested := reader{rest: r.bytes}
			present.bar.decode(&nested)
			present.bytes, r.bad = r.bytes, nested.bad
		}
	}
	if r.bad {
		return answerError("the request of ProcessData cannot be read")
	}
	if err := strategy.OnBar(present.bar); err != nil {
		return answerError(err.Error())
	}
	return 0
}

// Memory that the host asked for, by its offset: the map keeps it alive until the host frees it.
var taken = map[uint32][]byte{}

//go:wasmexport malloc
func malloc(size uint32) uint32 {
	if size == 0 {
		return 0
	}
	block := make([]byte, size)
	offset, _ := place(block)
	taken[offset] = block
	return offset
}

//go:wasmexport free
func free(offset uint32) { delete(taken, offset) }

// What the last call answered. The host copies it before it calls again; its free() of it does nothing.
var answer []byte

func answerText(text string) uint64 {
	w := writer{}
	w.text(1, text)
	return answerWith(w.buffer, 0)
}

const errorBit = 1 << 31

func answerError(text string) uint64 { return answerWith([]byte(text), errorBit) }

func answerWith(bytes []byte, bit uint64) uint64 {
	answer = bytes
	offset, size := place(answer)
	return uint64(offset)<<32 | uint64(size) | bit
}

func place(bytes []byte) (offset, size uint32) {
	if len(bytes) == 0 {
		return 0, 0
	}
	return uint32(uintptr(unsafe.Pointer(&bytes[0]))), uint32(len(bytes))
}

func view(offset, size uint32) []byte {
	if size == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(uintptr(offset))), size)
}
