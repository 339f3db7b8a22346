//! What a strategy in Zig needs: write a struct with `about`, `parameters`, `onStart` and `onBar`, hand it to `register`.
//!
//! Every function of the host is here under its own name. What they return lives until `onBar` returns: copy what you
//! keep. The host has no way to answer "no" but to end the call there and then, without `defer`: so change your own
//! state after you have asked, not before.

const std = @import("std");
const guest = @import("guest.zig");
const messages = @import("messages.zig");
const indicators = @import("indicators.zig");

const Text = []const u8;

pub const Bar = messages.Bar;
pub const Order = messages.Order;
pub const Reason = messages.Reason;
pub const OpenOrder = messages.OpenOrder;
pub const Position = messages.Position;
pub const AccountInfo = messages.AccountInfo;
pub const Trade = messages.Trade;
pub const Signal = messages.Signal;
pub const Marker = messages.Marker;
pub const Field = messages.Field;
pub const Row = messages.Row;
pub const Side = messages.Side;
pub const OrderType = messages.OrderType;
pub const PositionType = messages.PositionType;
pub const OrderStatus = messages.OrderStatus;
pub const Interval = messages.Interval;
pub const Indicator = messages.Indicator;
pub const SignalType = messages.SignalType;
pub const MarkShape = messages.MarkShape;
pub const MarkLevel = messages.MarkLevel;
pub const Level = messages.Level;

pub const Sma = indicators.Sma;
pub const Rsi = indicators.Rsi;

/// What a strategy is called. The identifier must not be empty: letters, digits, dots, dashes.
pub const About = struct { identifier: Text, name: Text, description: Text = "" };

/// Make `Strategy` the strategy of this guest; call it in a `comptime` block.
pub const register = guest.register;
/// Give an error with a text: `return api.fail("…")`.
pub const fail = guest.fail;
/// For what lives as long as the guest.
pub const memory = guest.memory;
/// For what is needed until `onBar` returns.
pub const scratch = guest.scratch;

/// The bars that opened from `start` to `end`, oldest first; 0 leaves an end open.
pub fn getRange(symbol: Text, start: i64, end: i64, interval: Interval) []const Bar {
    const request: Range = .{ .symbol = symbol, .start = start, .end = end, .interval = interval };
    return guest.call(host.get_range, request, Bars).data;
}

/// The newest closed bar of a symbol.
pub fn readLastData(symbol: Text) Bar {
    return guest.call(host.read_last_data, Name{ .name = symbol }, Bar);
}

/// Ask the table market_data(id, time, symbol, open, high, low, close, volume).
pub fn executeSql(query: Text, params: []const Text) []const Row {
    return guest.call(host.execute_sql, Query{ .query = query, .params = params }, Rows).results;
}

/// How many bars opened from `start` to `end`.
pub fn count(start: i64, end: i64) i32 {
    return guest.call(host.count, Span{ .start = start, .end = end }, Count).count;
}

/// Set the one configuration of an indicator, a JSON array such as "[14, 30, 70]".
pub fn configureIndicator(indicator: Indicator, config: Text) void {
    _ = guest.call(host.configure_indicator, Configure{ .indicator = indicator, .config = config }, Empty);
}

/// Compute an indicator of the host as of `bar`; `.{}` is the present one.
pub fn getSignal(indicator: Indicator, bar: Bar) Signal {
    return guest.call(host.get_signal, Ask{ .indicator = indicator, .bar = bar }, Signal);
}

/// One value of a signal, such as "rsi"; null if it is not there.
pub fn signalValue(signal: Signal, name: Text) ?f64 {
    return guest.numberIn(signal.raw, name);
}

/// What `setCache` has kept, "" if nothing.
pub fn getCache(key: Text) Text {
    return guest.call(host.get_cache, Name{ .name = key }, Name).name;
}

/// Keep a text beyond a restart.
pub fn setCache(key: Text, value: Text) void {
    _ = guest.call(host.set_cache, Field{ .key = key, .value = value }, Empty);
}

/// Wish for an order; it leaves when `onBar` returns, and its fills show from the next bar on.
pub fn placeOrder(order: Order) void {
    _ = guest.call(host.place_order, order, Empty);
}

/// `placeOrder` for each, in order.
pub fn placeMultipleOrders(orders: []const Order) void {
    _ = guest.call(host.place_multiple_orders, Orders{ .orders = orders }, Empty);
}

/// The open positions.
pub fn getPositions() []const Position {
    return guest.call(host.get_positions, Empty{}, Positions).positions;
}

/// The position in a symbol; its quantity is 0 when flat.
pub fn getPosition(symbol: Text) Position {
    return guest.call(host.get_position, Name{ .name = symbol }, Position);
}

/// Take an order back, by the host's id or by your alias.
pub fn cancelOrder(id: Text) void {
    _ = guest.call(host.cancel_order, Name{ .name = id }, Empty);
}

/// Take back all orders of this strategy.
pub fn cancelAllOrders() void {
    _ = guest.call(host.cancel_all_orders, Empty{}, Empty);
}

/// How an order stands, by the host's id or by your alias.
pub fn getOrderStatus(id: Text) OrderStatus {
    return guest.call(host.get_order_status, Name{ .name = id }, Status).status;
}

/// The account of this strategy.
pub fn getAccountInfo() AccountInfo {
    return guest.call(host.get_account_info, Empty{}, AccountInfo);
}

/// The orders that have not ended, those of this very call too.
pub fn getOpenOrders() []const OpenOrder {
    return guest.call(host.get_open_orders, Empty{}, OpenOrders).orders;
}

/// Executions, oldest first; "" and 0 do not restrict, a limit keeps the newest.
pub fn getTrades(symbol: Text, start: i64, end: i64, limit: i32) []const Trade {
    const request: TradeRange = .{ .symbol = symbol, .start = start, .end = end, .limit = limit };
    return guest.call(host.get_trades, request, Trades).trades;
}

/// Put a mark on the chart at `bar`; `.{}` is the present one.
pub fn mark(marker: Marker, bar: Bar) void {
    _ = guest.call(host.mark, Marked{ .bar = bar, .mark = marker }, Empty);
}

/// This strategy's marks, oldest first.
pub fn getMarkers() []const Marker {
    return guest.call(host.get_markers, Empty{}, Markers).markers;
}

/// Say in the session's log why the guest ends: put `pub const panic = api.panic;` into the file of the strategy.
pub const panic = std.debug.FullPanic(panicked);

var panics = false;

fn panicked(why: Text, _: ?usize) noreturn {
    if (!panics) { // a panic while telling of one is told by nobody
        panics = true;
        log(.err, why, &.{});
    }
    @trap();
}

/// Write a line into the session's log.
pub fn log(level: Level, message: Text, fields: []const Field) void {
    _ = guest.call(host.log, Line{ .level = level, .message = message, .fields = fields }, Empty);
}

/// Write a number so that `number` reads the same again.
pub fn text(value: f64) Text {
    return std.fmt.allocPrint(scratch, "{d}", .{value}) catch @panic("out of memory");
}

/// Read what `text` wrote; null where there is no number.
pub fn number(from: Text) ?f64 {
    return std.fmt.parseFloat(f64, from) catch null;
}

const Empty = struct {
    pub const wire = .{};
};
const Name = struct { // of a symbol, an order, a key: all messages of one string at 1
    name: Text = "",
    pub const wire = .{ .name = 1 };
};
const Range = struct {
    symbol: Text,
    start: i64,
    end: i64,
    interval: Interval,
    pub const wire = .{ .symbol = 1, .start = 2, .end = 3, .interval = 4 };
};
const Bars = struct {
    data: []const Bar = &.{},
    pub const wire = .{ .data = 1 };
};
const Query = struct {
    query: Text,
    params: []const Text,
    pub const wire = .{ .query = 1, .params = 2 };
};
const Rows = struct {
    results: []const Row = &.{},
    pub const wire = .{ .results = 1 };
};
const Span = struct {
    start: i64,
    end: i64,
    pub const wire = .{ .start = 1, .end = 2 };
};
const Count = struct {
    count: i32 = 0,
    pub const wire = .{ .count = 1 };
};
const Configure = struct {
    indicator: Indicator,
    config: Text,
    pub const wire = .{ .indicator = 1, .config = 2 };
};
const Ask = struct {
    indicator: Indicator,
    bar: Bar,
    pub const wire = .{ .indicator = 1, .bar = 2 };
};
const Orders = struct {
    orders: []const Order,
    pub const wire = .{ .orders = 1 };
};
const Positions = struct {
    positions: []const Position = &.{},
    pub const wire = .{ .positions = 1 };
};
const Status = struct {
    status: OrderStatus = .pending,
    pub const wire = .{ .status = 1 };
};
const OpenOrders = struct {
    orders: []const OpenOrder = &.{},
    pub const wire = .{ .orders = 1 };
};
const TradeRange = struct {
    symbol: Text,
    start: i64,
    end: i64,
    limit: i32,
    pub const wire = .{ .symbol = 1, .start = 2, .end = 3, .limit = 4 };
};
const Trades = struct {
    trades: []const Trade = &.{},
    pub const wire = .{ .trades = 1 };
};
const Marked = struct {
    bar: Bar,
    mark: Marker,
    pub const wire = .{ .bar = 1, .mark = 2 };
};
const Markers = struct {
    markers: []const Marker = &.{},
    pub const wire = .{ .markers = 1 };
};
const Line = struct {
    level: Level,
    message: Text,
    fields: []const Field,
    pub const wire = .{ .level = 1, .message = 2, .fields = 3 };
};

/// The functions of the host; the linker keeps those that are used.
const host = struct {
    extern "env" fn get_range(offset: u32, size: u32) u64;
    extern "env" fn read_last_data(offset: u32, size: u32) u64;
    extern "env" fn execute_sql(offset: u32, size: u32) u64;
    extern "env" fn count(offset: u32, size: u32) u64;
    extern "env" fn configure_indicator(offset: u32, size: u32) u64;
    extern "env" fn get_signal(offset: u32, size: u32) u64;
    extern "env" fn get_cache(offset: u32, size: u32) u64;
    extern "env" fn set_cache(offset: u32, size: u32) u64;
    extern "env" fn place_order(offset: u32, size: u32) u64;
    extern "env" fn place_multiple_orders(offset: u32, size: u32) u64;
    extern "env" fn get_positions(offset: u32, size: u32) u64;
    extern "env" fn get_position(offset: u32, size: u32) u64;
    extern "env" fn cancel_order(offset: u32, size: u32) u64;
    extern "env" fn cancel_all_orders(offset: u32, size: u32) u64;
    extern "env" fn get_order_status(offset: u32, size: u32) u64;
    extern "env" fn get_account_info(offset: u32, size: u32) u64;
    extern "env" fn get_open_orders(offset: u32, size: u32) u64;
    extern "env" fn get_trades(offset: u32, size: u32) u64;
    extern "env" fn mark(offset: u32, size: u32) u64;
    extern "env" fn get_markers(offset: u32, size: u32) u64;
    extern "env" fn log(offset: u32, size: u32) u64;
};
