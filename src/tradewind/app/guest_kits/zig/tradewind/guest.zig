//! The module's own side: what the host calls, memory, and how a call to the host is made.

const std = @import("std");
const codec = @import("codec.zig");
const Bar = @import("messages.zig").Bar;

const Text = []const u8;

pub const memory = std.heap.wasm_allocator;
var arena: std.heap.ArenaAllocator = .init(memory);
pub const scratch = arena.allocator();

var failure: Text = "";

/// Give an error with a text.
pub fn fail(why: Text) error{Failed} {
    failure = why;
    return error.Failed;
}

/// Ask the host. What it answers lies in memory of the host's and in `scratch`, until the outer call returns.
pub fn call(function: *const fn (u32, u32) callconv(.c) u64, request: anytype, comptime Response: type) Response {
    var bytes: codec.Bytes = .empty;
    codec.encode(&bytes, scratch, request) catch @panic("out of memory");
    const answer = function(@intFromPtr(bytes.items.ptr), bytes.items.len);
    const response = view(@truncate(answer >> 32), @truncate(answer));
    return codec.decode(Response, response, scratch) catch @panic("the host's answer cannot be read");
}

/// Make `Strategy` the strategy of this guest: export what the contract asks for.
pub fn register(comptime Strategy: type) void {
    const Guest = struct {
        const Parameters = @FieldType(Strategy, "parameters");
        const Initialize = struct {
            config: Text = "",
            pub const wire = .{ .config = 1 };
        };
        const ProcessData = struct {
            bar: Bar = .{},
            pub const wire = .{ .bar = 1 };
        };

        var strategy: Strategy = .{};

        fn apiVersion() callconv(.c) u64 {
            return 1;
        }
        fn engineVersion() callconv(.c) u64 {
            const version = "1.24.0";
            return pack(@intFromPtr(version.ptr), version.len);
        }
        fn identifier(_: u32, _: u32) callconv(.c) u64 {
            return answerText(Strategy.about.identifier);
        }
        fn name(_: u32, _: u32) callconv(.c) u64 {
            return answerText(Strategy.about.name);
        }
        fn description(_: u32, _: u32) callconv(.c) u64 {
            return answerText(Strategy.about.description);
        }
        fn schema(_: u32, _: u32) callconv(.c) u64 {
            return answerText(comptime schemaOf(Parameters, Strategy));
        }
        fn initialize(offset: u32, size: u32) callconv(.c) u64 {
            return outcome(start(view(offset, size)));
        }
        fn processData(offset: u32, size: u32) callconv(.c) u64 {
            return outcome(step(view(offset, size)));
        }

        fn start(request: Text) !void {
            const config = (try codec.decode(Initialize, request, scratch)).config;
            if (config.len > 0) {
                const keep: std.json.ParseOptions = .{ .allocate = .alloc_always };
                strategy.parameters = std.json.parseFromSliceLeaky(Parameters, memory, config, keep) catch |problem| {
                    const parts = [_]Text{ @errorName(problem), comptime ": the parameters are " ++ namesOf(Parameters) };
                    return fail(try std.mem.concat(memory, u8, &parts));
                };
            }
            try strategy.onStart();
        }

        fn step(request: Text) !void {
            try strategy.onBar((try codec.decode(ProcessData, request, scratch)).bar);
        }
    };
    @export(&Guest.apiVersion, .{ .name = "trading_strategy_api_version" });
    @export(&Guest.engineVersion, .{ .name = "trading_strategy_engine_version" });
    @export(&Guest.identifier, .{ .name = "trading_strategy_get_identifier" });
    @export(&Guest.name, .{ .name = "trading_strategy_name" });
    @export(&Guest.description, .{ .name = "trading_strategy_get_description" });
    @export(&Guest.schema, .{ .name = "trading_strategy_get_config_schema" });
    @export(&Guest.initialize, .{ .name = "trading_strategy_initialize" });
    @export(&Guest.processData, .{ .name = "trading_strategy_process_data" });
    @export(&malloc, .{ .name = "malloc" });
    @export(&free, .{ .name = "free" });
}

/// End an outer call: what was asked for is forgotten, an error becomes its text.
fn outcome(result: anyerror!void) u64 {
    defer _ = arena.reset(.{ .retain_with_limit = 1 << 20 });
    result catch |problem| {
        const why = if (problem == error.Failed) failure else @errorName(problem);
        return answerWith(why) | 1 << 31;
    };
    return 0;
}

fn answerText(value: Text) u64 {
    var bytes: codec.Bytes = .empty;
    codec.encode(&bytes, scratch, struct {
        value: Text,
        pub const wire = .{ .value = 1 };
    }{ .value = value }) catch @panic("out of memory");
    return answerWith(bytes.items);
}

/// Hand bytes over: in memory of `malloc`, because the host frees what it has read.
fn answerWith(bytes: Text) u64 {
    if (bytes.len == 0) return 0;
    const offset = malloc(bytes.len);
    @memcpy(@as([*]u8, @ptrFromInt(offset)), bytes);
    return pack(offset, bytes.len);
}

fn pack(offset: u64, size: u64) u64 {
    return offset << 32 | size;
}

fn view(offset: u32, size: u32) Text {
    return if (size == 0) "" else @as([*]const u8, @ptrFromInt(offset))[0..size];
}

const header = 16; // keeps what follows aligned; the size of the block stands in it

fn malloc(size: u32) callconv(.c) u32 {
    if (size == 0) return 0;
    const block = memory.alignedAlloc(u8, .@"16", @as(usize, size) + header) catch return 0;
    std.mem.writeInt(u32, block[0..4], block.len, .little);
    return @intFromPtr(block.ptr) + header;
}

fn free(offset: u32) callconv(.c) void {
    if (offset < header) return;
    const block: [*]align(16) u8 = @ptrFromInt(offset - header);
    memory.free(block[0..std.mem.readInt(u32, block[0..4], .little)]);
}

/// Find a number in the text of a flat JSON object.
pub fn numberIn(json: Text, name: Text) ?f64 {
    const parsed = std.json.parseFromSliceLeaky(std.json.Value, scratch, json, .{}) catch return null;
    if (parsed != .object) return null;
    return switch (parsed.object.get(name) orelse return null) {
        .float => |value| value,
        .integer => |value| @floatFromInt(value),
        else => null,
    };
}

fn namesOf(comptime Parameters: type) Text {
    var names: Text = "";
    for (std.meta.fieldNames(Parameters), 0..) |name, i| names = names ++ (if (i > 0) ", " else "") ++ name;
    return names;
}

fn quoted(comptime text: Text) Text {
    var found: Text = "\"";
    for (text) |byte| found = found ++ (if (byte == '"' or byte == '\\') "\\" else "") ++ [_]u8{byte};
    return found ++ "\"";
}

/// The JSON schema of the parameters: a type and a default for each, and `Strategy.usage` if there is one.
fn schemaOf(comptime Parameters: type, comptime Strategy: type) Text {
    const defaults: Parameters = .{};
    var properties: Text = "";
    for (std.meta.fieldNames(Parameters), 0..) |name, i| {
        const initial = @field(defaults, name);
        const kind, const shown = switch (@typeInfo(@TypeOf(initial))) {
            .int => .{ "integer", std.fmt.comptimePrint("{d}", .{initial}) },
            .float => .{ "number", std.fmt.comptimePrint("{d}", .{initial}) },
            .bool => .{ "boolean", if (initial) "true" else "false" },
            else => .{ "string", quoted(initial) },
        };
        const usage = if (@hasDecl(Strategy, "usage")) @field(Strategy.usage, name) else "";
        properties = properties ++ (if (i > 0) ", " else "") ++ "\"" ++ name ++ "\": {\"type\": \"" ++ kind ++
            "\", \"default\": " ++ shown ++ ", \"description\": " ++ quoted(usage) ++ "}";
    }
    return "{\"type\": \"object\", \"additionalProperties\": false, \"properties\": {" ++ properties ++ "}}";
}
