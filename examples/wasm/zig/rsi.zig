//! Buy when the RSI falls below `low`, sell all when it rises above `high`. With "host": true the host computes the RSI.
//! Build it with `python examples/wasm/build.py zig rsi`.

const std = @import("std");
const api = @import("tradewind");

pub const panic = api.panic;

const Rsi = struct {
    pub const about: api.About = .{
        .identifier = "rsi",
        .name = "RSI",
        .description = "Buys weakness, sells strength.",
    };
    pub const usage = .{
        .period = "bars of the index",
        .low = "buy below",
        .high = "sell above",
        .quantity = "how much to buy",
        .host = "ask the host for the index instead of computing it here",
    };

    parameters: struct { period: u32 = 14, low: f64 = 30, high: f64 = 70, quantity: f64 = 0.1, host: bool = false } = .{},
    rsi: api.Rsi = undefined,
    symbol: []const u8 = "",

    pub fn onStart(self: *Rsi) !void {
        const p = self.parameters;
        if (p.period < 1) return api.fail("period is a number of bars, 1 or more");
        self.rsi = .{ .period = p.period };
        if (p.host) api.configureIndicator(.rsi, try std.fmt.allocPrint(api.scratch, "[{d}]", .{p.period}));
    }

    pub fn onBar(self: *Rsi, bar: api.Bar) !void {
        if (self.symbol.len == 0) self.symbol = try api.memory.dupe(u8, bar.symbol);
        if (!std.mem.eql(u8, bar.symbol, self.symbol)) return; // the first symbol only
        const p = self.parameters;
        const index = self.indexAt(bar) orelse return;
        if (index >= p.low and index <= p.high) return;
        const held = api.getPosition(bar.symbol).quantity;
        if (index < p.low and held == 0) {
            self.order(.buy, p.quantity, "weak");
        } else if (index > p.high and held > 0) {
            self.order(.sell, held, "strong");
        }
    }

    fn indexAt(self: *Rsi, bar: api.Bar) ?f64 {
        if (!self.parameters.host) return self.rsi.update(bar.close);
        return api.signalValue(api.getSignal(.rsi, bar), "rsi"); // ends the call while there are too few bars
    }

    fn order(self: *Rsi, side: api.Side, quantity: f64, reason: []const u8) void {
        api.placeOrder(.{ .symbol = self.symbol, .side = side, .quantity = quantity, .reason = .{ .reason = reason } });
    }
};

comptime {
    api.register(Rsi);
}
