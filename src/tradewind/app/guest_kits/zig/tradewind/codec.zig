//! The proto3 wire format for plain structs: `T.wire` gives each field its number, the field's type says the rest.
//!
//! []const u8 is a string, f64 a double, an enum, bool or i32 a varint, i64 a Timestamp in nanoseconds UTC, a struct a
//! nested message, a slice of anything else a repeated field. Fields at their default are left out.

const std = @import("std");
const Allocator = std.mem.Allocator;
const Text = []const u8;

const ns_per_second = 1_000_000_000;

pub const Bytes = std.ArrayList(u8);

const Timestamp = struct {
    seconds: u64 = 0,
    nanos: i32 = 0,

    pub const wire = .{ .seconds = 1, .nanos = 2 };
};

pub fn encode(to: *Bytes, memory: Allocator, message: anytype) error{OutOfMemory}!void {
    const T = @TypeOf(message);
    inline for (comptime std.meta.fieldNames(@TypeOf(T.wire))) |name| {
        const number = @field(T.wire, name);
        const value = @field(message, name);
        if (comptime isRepeated(@TypeOf(value))) {
            for (value) |element| try encodeOne(to, memory, number, element);
        } else if (!isDefault(value)) {
            try encodeOne(to, memory, number, value);
        }
    }
}

fn encodeOne(to: *Bytes, memory: Allocator, number: u64, value: anytype) error{OutOfMemory}!void {
    const T = @TypeOf(value);
    if (T == Text) {
        try encodeTag(to, memory, number, 2);
        try encodeVarint(to, memory, value.len);
        return to.appendSlice(memory, value);
    }
    if (T == i64) {
        const seconds = @divFloor(value, ns_per_second);
        const nanos: i32 = @intCast(@mod(value, ns_per_second));
        return encodeOne(to, memory, number, Timestamp{ .seconds = @bitCast(seconds), .nanos = nanos });
    }
    switch (@typeInfo(T)) {
        .float => {
            try encodeTag(to, memory, number, 1);
            var bytes: [8]u8 = undefined;
            std.mem.writeInt(u64, &bytes, @bitCast(value), .little);
            try to.appendSlice(memory, &bytes);
        },
        .@"struct" => {
            var inner: Bytes = .empty;
            try encode(&inner, memory, value);
            try encodeOne(to, memory, number, @as(Text, inner.items));
        },
        else => {
            try encodeTag(to, memory, number, 0);
            try encodeVarint(to, memory, asVarint(value));
        },
    }
}

fn encodeTag(to: *Bytes, memory: Allocator, number: u64, kind: u64) !void {
    try encodeVarint(to, memory, number << 3 | kind);
}

fn encodeVarint(to: *Bytes, memory: Allocator, value: u64) !void {
    var rest = value;
    while (rest >= 0x80) : (rest >>= 7) try to.append(memory, @as(u8, @truncate(rest)) | 0x80);
    try to.append(memory, @truncate(rest));
}

fn asVarint(value: anytype) u64 {
    return switch (@typeInfo(@TypeOf(value))) {
        .@"enum" => asVarint(@as(i32, @backingInt(value))),
        .bool => @intFromBool(value),
        .int => |int| if (int.signedness == .signed) @bitCast(@as(i64, value)) else value,
        else => @compileError("no such field in the contract"),
    };
}

fn isDefault(value: anytype) bool {
    const T = @TypeOf(value);
    if (T == Text) return value.len == 0;
    return switch (@typeInfo(T)) {
        .float => @as(u64, @bitCast(value)) == 0,
        .@"struct" => {
            inline for (comptime std.meta.fieldNames(T)) |name| if (!isDefault(@field(value, name))) return false;
            return true;
        },
        else => asVarint(value) == 0,
    };
}

fn isRepeated(comptime T: type) bool {
    return T != Text and @typeInfo(T) == .pointer;
}

pub const Error = error{ NotProtobuf, OutOfMemory };

/// Read a message. Its strings lie where `bytes` lie; repeated fields stand in `memory`.
pub fn decode(comptime T: type, bytes: Text, memory: Allocator) Error!T {
    var message: T = .{};
    inline for (comptime std.meta.fieldNames(@TypeOf(T.wire))) |name| {
        const to = &@field(message, name);
        if (comptime isRepeated(@TypeOf(to.*))) {
            const Element = @typeInfo(@TypeOf(to.*)).pointer.child;
            to.* = (try memory.alloc(Element, try occurrences(bytes, @field(T.wire, name))))[0..0];
        }
    }
    var reader: Reader = .{ .rest = bytes };
    while (try reader.next()) {
        inline for (comptime std.meta.fieldNames(@TypeOf(T.wire))) |name| {
            if (reader.number == @field(T.wire, name)) try decodeField(&@field(message, name), &reader, memory);
        }
    }
    return message;
}

fn occurrences(bytes: Text, number: u64) Error!usize {
    var found: usize = 0;
    var reader: Reader = .{ .rest = bytes };
    while (try reader.next()) found += @intFromBool(reader.number == number);
    return found;
}

fn decodeField(to: anytype, reader: *const Reader, memory: Allocator) Error!void {
    const T = @TypeOf(to.*);
    if (comptime isRepeated(T)) {
        const Element = @typeInfo(T).pointer.child;
        const longer = @constCast(to.*.ptr)[0 .. to.len + 1]; // there is room: they were counted
        longer[to.len] = try decodeOne(Element, reader, memory);
        to.* = longer;
    } else {
        to.* = try decodeOne(T, reader, memory);
    }
}

fn decodeOne(comptime T: type, reader: *const Reader, memory: Allocator) Error!T {
    if (T == Text) return reader.bytesOf(2);
    if (T == i64) {
        const time = try decode(Timestamp, try reader.bytesOf(2), memory);
        return @as(i64, @bitCast(time.seconds)) *% ns_per_second +% time.nanos;
    }
    switch (@typeInfo(T)) {
        .float => return @bitCast(try reader.bitsOf(1)),
        .@"struct" => return decode(T, try reader.bytesOf(2), memory),
        .@"enum" => return @fromBackingInt(@intCast(@as(i32, @truncate(@as(i64, @bitCast(try reader.bitsOf(0))))))),
        .bool => return try reader.bitsOf(0) != 0,
        .int => |int| return @bitCast(@as(@Int(.unsigned, int.bits), @truncate(try reader.bitsOf(0)))),
        else => @compileError("no such field in the contract"),
    }
}

const Reader = struct {
    rest: Text,
    number: u64 = 0,
    kind: u3 = 0,
    bits: u64 = 0,
    bytes: Text = "",

    fn next(self: *Reader) Error!bool {
        if (self.rest.len == 0) return false;
        const tag = try self.varint();
        self.number = tag >> 3;
        self.kind = @truncate(tag);
        switch (self.kind) {
            0 => self.bits = try self.varint(),
            1 => self.bits = std.mem.readInt(u64, (try self.take(8))[0..8], .little),
            2 => self.bytes = try self.take(try self.varint()),
            5 => self.bits = std.mem.readInt(u32, (try self.take(4))[0..4], .little),
            else => return error.NotProtobuf,
        }
        return true;
    }

    fn varint(self: *Reader) Error!u64 {
        var value: u64 = 0;
        for (self.rest, 0..) |byte, i| {
            if (i == 10) break;
            value |= if (i == 9) @as(u64, byte & 1) << 63 else @as(u64, byte & 0x7f) << @intCast(7 * i);
            if (byte < 0x80) {
                self.rest = self.rest[i + 1 ..];
                return value;
            }
        }
        return error.NotProtobuf;
    }

    fn take(self: *Reader, size: u64) Error!Text {
        if (size > self.rest.len) return error.NotProtobuf;
        const taken = self.rest[0..@intCast(size)];
        self.rest = self.rest[taken.len..];
        return taken;
    }

    fn bytesOf(self: *const Reader, kind: u3) Error!Text {
        return if (self.kind == kind) self.bytes else error.NotProtobuf;
    }

    fn bitsOf(self: *const Reader, kind: u3) Error!u64 {
        return if (self.kind == kind) self.bits else error.NotProtobuf;
    }
};
