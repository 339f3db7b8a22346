//! The same steps in the same order as tradewind's Python indicators, so the values agree to the last bit.

const std = @import("std");

/// A simple moving average, exact once a lap of its window and carried on by differences between.
pub const Sma = struct {
    ring: []f64,
    left: usize,
    mean: ?f64 = null,

    /// An average of `period` values, 1 or more.
    pub fn init(memory: std.mem.Allocator, period: usize) !Sma {
        return .{ .ring = try memory.alloc(f64, period), .left = period - 1 };
    }

    /// Take the next value and return the average, null until the window is full.
    pub fn update(self: *Sma, value: f64) ?f64 {
        const size: f64 = @floatFromInt(self.ring.len);
        if (self.left > 0) {
            if (self.mean) |*mean| mean.* += (value - self.ring[self.left]) * (1 / size);
            self.ring[self.left] = value;
            self.left -= 1;
            return self.mean;
        }
        self.ring[0] = value;
        self.left = self.ring.len - 1;
        var total: f128 = 0; // has room for prices without rounding
        for (self.ring) |each| total += each;
        self.mean = @as(f64, @floatCast(total)) / size;
        return self.mean;
    }
};

/// Wilder's relative strength index, 0 where nothing moved.
pub const Rsi = struct {
    period: u32,
    seen: u64 = 0,
    last: f64 = 0,
    gain: f64 = 0,
    loss: f64 = 0,

    /// Take the next value and return the index, null until there are `period` changes.
    pub fn update(self: *Rsi, value: f64) ?f64 {
        const change = value - self.last;
        const size: f64 = @floatFromInt(self.period);
        self.last = value;
        self.seen += 1;
        if (self.seen == 1) return null; // no change yet: this value opens the series
        if (self.seen <= self.period + 1) {
            self.gain += @max(change, 0) / size;
            self.loss += @max(-change, 0) / size;
            if (self.seen <= self.period) return null;
        } else {
            self.gain = (self.gain * (size - 1) + @max(change, 0)) / size;
            self.loss = (self.loss * (size - 1) + @max(-change, 0)) / size;
        }
        const moved = self.gain + self.loss;
        return if (moved > 0) 100 * (self.gain / moved) else 0;
    }
};
