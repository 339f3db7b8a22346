//! Makes every call of the contract once a bar and says what came back; go/main.go does the same.

const std = @import("std");
const api = @import("tradewind");

const Title = []const u8;

const EveryCall = struct {
    pub const about: api.About = .{ .identifier = "every-call", .name = "every call" };
    pub const usage = .{ .title = "a \"text\"", .depth = "a number", .ratio = "a share", .loud = "a switch" };

    parameters: struct { title: Title = "none", depth: i32 = 3, ratio: f64 = 0.5, loud: bool = false } = .{},

    pub fn onStart(self: *EveryCall) !void {
        const p = self.parameters;
        say(.{ p.title, p.depth, p.ratio, p.loud });
    }

    pub fn onBar(_: *EveryCall, bar: api.Bar) !void {
        if (bar.close < 0) return api.fail("closed below zero");
        const prices = .{ bar.symbol, bar.time, bar.open, bar.high, bar.low, bar.close, bar.volume };
        api.log(.info, try std.fmt.allocPrint(api.scratch, "{s}{d} {d} {d} {d} {d} {d}", prices), &.{});
        market(bar);
        signals(bar);
        orders();
        account(bar);
        marks(bar);
    }
};

fn market(bar: api.Bar) void {
    for (api.getRange("BTC", bar.time - 1_500_000_000, 0, .m15)) |b| {
        say(.{ b.symbol, b.time, b.open, b.high, b.low, b.close, b.volume });
    }
    say(.{api.readLastData("ETH").close});
    for (api.executeSql("SELECT ?", &.{ "a", "" })) |row| say(.{ field(row, "x"), field(row, "y") });
    say(.{api.count(1, -1)});
}

fn field(row: api.Row, name: []const u8) []const u8 {
    for (row.fields) |each| if (std.mem.eql(u8, each.key, name)) return each.value;
    return "";
}

fn signals(bar: api.Bar) void {
    api.configureIndicator(.psy, "[12]");
    const s = api.getSignal(.macd, bar);
    const value = api.signalValue(s, "macd");
    const missing = api.signalValue(s, "none");
    say(.{ s.time, s.type, s.name, s.reason, s.symbol, s.indicator, value orelse 0, value != null, missing orelse 0, missing != null });
    say(.{api.getSignal(.rsi, .{}).name});
    var earlier = bar;
    earlier.time -= 60_000_000_000;
    say(.{api.getSignal(.rsi, earlier).name});
    say(.{api.getCache("key")});
    api.setCache("key", "välue");
}

fn orders() void {
    const full: api.Order = .{
        .alias = "mine",
        .symbol = "BTC",
        .side = .sell,
        .type = .limit,
        .position = .short,
        .quantity = 0.5,
        .price = 2,
        .reason = .{ .reason = "r", .message = &@as([200]u8, @splat('m')) },
        .label = "label",
    };
    api.placeOrder(full);
    const small: api.Order = .{ .symbol = "A", .side = .buy, .quantity = 1 };
    api.placeMultipleOrders(&.{ small, .{ .symbol = "", .side = .buy, .quantity = 0 }, full });
    api.cancelOrder("mine");
    api.cancelAllOrders();
    say(.{api.getOrderStatus("mine")});
    for (api.getOpenOrders()) |o| {
        say(.{ o.id, o.symbol, o.side, o.type, o.position, o.quantity, o.price, o.reason.reason, o.reason.message, o.label });
    }
}

fn account(bar: api.Bar) void {
    for (api.getPositions()) |p| sayPosition(p);
    sayPosition(api.getPosition("BTC"));
    const a = api.getAccountInfo();
    say(.{ a.balance, a.equity, a.buying_power, a.realized_pnl, a.unrealized_pnl, a.total_fees, a.margin_used });
    for (api.getTrades("BTC", 1_000_000_000, bar.time, 9)) |t| {
        say(.{
            t.order_id, t.symbol,         t.side,     t.position,      t.quantity, t.price, t.fee,
            t.pnl,      t.cumulative_pnl, t.executed, t.reason.reason, t.label,
        });
    }
}

fn sayPosition(p: api.Position) void {
    const amounts = .{ p.quantity, p.total_in, p.total_out, p.amount_in, p.amount_out, p.fee_in, p.fee_out };
    say(.{p.symbol} ++ amounts ++ .{ p.opened, p.label });
}

fn marks(bar: api.Bar) void {
    const full: api.Marker = .{
        .color = "red",
        .shape = .triangle,
        .title = "t",
        .message = "m",
        .category = "c",
        .signal = .abort,
        .level = .err,
    };
    api.mark(full, bar);
    api.mark(.{ .title = "here", .signal = .no_action }, .{});
    for (api.getMarkers()) |m| say(.{ m.color, m.shape, m.title, m.message, m.category, m.signal, m.level });
    api.log(.err, "fields", &.{ .{ .key = "a", .value = "1" }, .{ .key = "b" } });
}

fn say(parts: anytype) void {
    var text: []const u8 = "";
    inline for (parts, 0..) |part, i| {
        const shown = switch (@typeInfo(@TypeOf(part))) {
            .@"enum" => print("{d}", .{@backingInt(part)}),
            .int, .float, .comptime_int => print("{d}", .{part}),
            .bool => if (part) "true" else "false",
            else => part,
        };
        text = print("{s}{s}{s}", .{ text, if (i > 0) "|" else "", shown });
    }
    api.log(.info, text, &.{});
}

fn print(comptime format: []const u8, values: anytype) []const u8 {
    return std.fmt.allocPrint(api.scratch, format, values) catch @panic("out of memory");
}

comptime {
    api.register(EveryCall);
}
