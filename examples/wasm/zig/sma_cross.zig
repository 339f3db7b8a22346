//! The logic of examples/sma_cross_stop.py: buy when the fast average crosses above the slow one; sell all below it, or
//! when a bar closes under the stop. Build it with `python examples/wasm/build.py zig sma_cross`.

const std = @import("std");
const api = @import("tradewind");

pub const panic = api.panic;

const SmaCross = struct {
    pub const about: api.About = .{ .identifier = "sma-cross", .name = "SMA cross with stop" };
    pub const usage = .{
        .fast = "bars of the fast average",
        .slow = "bars of the slow average",
        .quantity = "how much to buy",
        .stop = "of the close at which the entry was decided",
    };

    parameters: struct { fast: u32 = 20, slow: u32 = 50, quantity: f64 = 0.1, stop: f64 = 0.98 } = .{},
    fast: api.Sma = undefined,
    slow: api.Sma = undefined,
    symbol: []const u8 = "",
    above: ?bool = null,

    pub fn onStart(self: *SmaCross) !void {
        const p = self.parameters;
        if (p.fast < 1 or p.slow < 1) return api.fail("fast and slow are numbers of bars, 1 or more");
        self.fast = try .init(api.memory, p.fast);
        self.slow = try .init(api.memory, p.slow);
    }

    pub fn onBar(self: *SmaCross, bar: api.Bar) !void {
        if (self.symbol.len == 0) self.symbol = try api.memory.dupe(u8, bar.symbol);
        if (!std.mem.eql(u8, bar.symbol, self.symbol)) return; // the first symbol only
        const fast = self.fast.update(bar.close);
        const slow = self.slow.update(bar.close);
        if (fast == null or slow == null) return;
        const before = self.above;
        const above = fast.? > slow.?;
        self.above = above;

        const held = api.getPosition(bar.symbol).quantity;
        if (held == 0 and above and before == false) {
            api.setCache("entry", api.text(bar.close));
            self.order(.buy, self.parameters.quantity, "cross up");
        } else if (held > 0) {
            self.exit(bar, held, above);
        }
    }

    /// The close of the entry's bar stands in the cache until the exit is ordered, so that it outlives a restart.
    fn exit(self: *SmaCross, bar: api.Bar, held: f64, above: bool) void {
        const entry = api.number(api.getCache("entry")) orelse return;
        if (above and bar.close >= entry * self.parameters.stop) return;
        api.setCache("entry", "");
        self.order(.sell, held, if (above) "stop" else "cross down");
    }

    fn order(self: *SmaCross, side: api.Side, quantity: f64, reason: []const u8) void {
        api.placeOrder(.{ .symbol = self.symbol, .side = side, .quantity = quantity, .reason = .{ .reason = reason } });
    }
};

comptime {
    api.register(SmaCross);
}
