//! What is said to the host and heard from it. Times are i64, nanoseconds UTC, 0 where there is none.
//! The numbers in `wire` are the contract's.

const Text = []const u8;

/// A closed bar; `time` is when it opened.
pub const Bar = struct {
    symbol: Text = "",
    time: i64 = 0,
    open: f64 = 0,
    high: f64 = 0,
    low: f64 = 0,
    close: f64 = 0,
    volume: f64 = 0,

    pub const wire = .{ .symbol = 1, .high = 2, .low = 3, .open = 4, .close = 5, .volume = 6, .time = 7 };
};

/// An order to place. The price is the limit; a market order has none. By an alias of your choice it can be asked about
/// and cancelled.
pub const Order = struct {
    alias: Text = "",
    symbol: Text,
    side: Side,
    type: OrderType = .market,
    position: PositionType = .long,
    quantity: f64,
    price: f64 = 0,
    reason: Reason = .{},
    label: Text = "",

    pub const wire = .{
        .alias = 1,
        .symbol = 2,
        .side = 3,
        .type = 4,
        .reason = 5,
        .price = 6,
        .label = 7,
        .quantity = 8,
        .position = 11,
    };
};

/// Kept with the order.
pub const Reason = struct {
    reason: Text = "",
    message: Text = "",

    pub const wire = .{ .reason = 1, .message = 2 };
};

/// An order that has not ended.
pub const OpenOrder = struct {
    id: Text = "",
    symbol: Text = "",
    side: Side = .buy,
    type: OrderType = .market,
    position: PositionType = .long,
    quantity: f64 = 0,
    price: f64 = 0,
    reason: Reason = .{},
    label: Text = "",

    pub const wire = .{
        .id = 1,
        .symbol = 2,
        .side = 3,
        .type = 4,
        .quantity = 5,
        .price = 6,
        .label = 7,
        .position = 8,
        .reason = 9,
    };
};

/// This strategy's own position in one symbol: more than 0 is long, less is short.
pub const Position = struct {
    symbol: Text = "",
    quantity: f64 = 0,
    total_in: f64 = 0,
    total_out: f64 = 0,
    amount_in: f64 = 0,
    amount_out: f64 = 0,
    fee_in: f64 = 0,
    fee_out: f64 = 0,
    opened: i64 = 0,
    label: Text = "",

    pub const wire = .{
        .symbol = 1,
        .quantity = 2,
        .total_in = 3,
        .total_out = 4,
        .amount_in = 5,
        .amount_out = 6,
        .fee_in = 7,
        .fee_out = 8,
        .opened = 9,
        .label = 10,
    };
};

/// In the account's base currency.
pub const AccountInfo = struct {
    balance: f64 = 0,
    equity: f64 = 0,
    buying_power: f64 = 0,
    realized_pnl: f64 = 0,
    unrealized_pnl: f64 = 0,
    total_fees: f64 = 0,
    margin_used: f64 = 0,

    pub const wire = .{
        .balance = 1,
        .equity = 2,
        .buying_power = 3,
        .realized_pnl = 4,
        .unrealized_pnl = 5,
        .total_fees = 6,
        .margin_used = 7,
    };
};

/// One execution.
pub const Trade = struct {
    order_id: Text = "",
    symbol: Text = "",
    side: Side = .buy,
    position: PositionType = .long,
    quantity: f64 = 0,
    price: f64 = 0,
    fee: f64 = 0,
    pnl: f64 = 0,
    cumulative_pnl: f64 = 0,
    executed: i64 = 0,
    reason: Reason = .{},
    label: Text = "",

    pub const wire = .{
        .order_id = 1,
        .symbol = 2,
        .side = 3,
        .quantity = 4,
        .price = 5,
        .executed = 6,
        .fee = 7,
        .pnl = 8,
        .position = 9,
        .label = 10,
        .reason = 11,
        .cumulative_pnl = 12,
    };
};

/// What an indicator of the host says; `raw` is a JSON object of its values, see `signalValue`.
pub const Signal = struct {
    time: i64 = 0,
    type: SignalType = .buy_long,
    name: Text = "",
    reason: Text = "",
    raw: Text = "",
    symbol: Text = "",
    indicator: Indicator = .rsi,

    pub const wire = .{ .time = 1, .type = 2, .name = 3, .reason = 4, .raw = 5, .symbol = 6, .indicator = 7 };
};

/// A mark on the chart. The colour is red, green, blue, yellow, purple, orange or #RRGGBB.
pub const Marker = struct {
    color: Text = "",
    shape: MarkShape = .circle,
    title: Text = "",
    message: Text = "",
    category: Text = "",
    signal: SignalType = .buy_long,
    level: MarkLevel = .info,

    pub const wire = .{ .color = 1, .shape = 2, .title = 3, .message = 4, .category = 5, .signal = 6, .level = 7 };
};

/// A name and a value, in a log line or in a row of SQL.
pub const Field = struct {
    key: Text = "",
    value: Text = "",

    pub const wire = .{ .key = 1, .value = 2 };
};

pub const Row = struct {
    fields: []const Field = &.{},

    pub const wire = .{ .fields = 1 };
};

pub const Side = enum(i32) { buy, sell, _ };
pub const OrderType = enum(i32) { market, limit, _ };
pub const PositionType = enum(i32) { long, short, _ };
pub const OrderStatus = enum(i32) { pending, filled, cancelled, rejected, failed, _ };
pub const Interval = enum(i32) { m1, m5, m15, m30, h1, h4, h6, h8, h12, d1, w1, month, _ };
pub const MarkShape = enum(i32) { circle, square, triangle, _ };
pub const MarkLevel = enum(i32) { info, warning, err, _ };
pub const Level = enum(i32) { debug, info, warn, err, _ };
pub const SignalType = enum(i32) {
    buy_long,
    sell_long,
    buy_short,
    sell_short,
    no_action,
    close_position,
    wait,
    abort,
    _,
};
pub const Indicator = enum(i32) {
    rsi,
    macd,
    bollinger_bands,
    stochastic,
    williams_r,
    adx,
    cci,
    ao,
    trend_strength,
    range_filter,
    ema,
    waddah_attar,
    atr,
    ma,
    psy,
    _,
};
