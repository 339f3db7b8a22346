const api = @import("tradewind");
pub const panic = api.panic;
const Panics = struct {
    pub const about: api.About = .{ .identifier = "panics", .name = "Panics" };
    pub const usage = .{};
    parameters: struct {} = .{},
    pub fn onStart(_: *Panics) !void {}
    pub fn onBar(_: *Panics, bar: api.Bar) !void {
        if (bar.close > 101) @panic("the price is beyond me");
    }
};
comptime { api.register(Panics); }
