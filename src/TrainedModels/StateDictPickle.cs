using System.Buffers.Binary;
using System.Text;

namespace MiniBatch.TrainedModels;

/// <summary>
/// Looks through the pickle of a state dict before it is unpickled. A pickle is a program for a small machine, and may call whatever it
/// names; one of a state dict names little.
/// </summary>
/// <remarks>Opcodes: Python's <c>pickletools</c>. What may be called: PyTorch's own <c>weights_only</c> loader, less what only whole
/// models need.</remarks>
internal static class StateDictPickle
{
    /// <summary>The longest that is read; PyTorch's takes about 150 bytes a tensor.</summary>
    public const int BytesMax = 16 << 20;

    private const byte Global = (byte)'c';
    private const byte Stop = (byte)'.';

    private static readonly HashSet<string> Callable =
    [
        "collections.OrderedDict", "torch._utils._rebuild_tensor_v2",
        .. new[] { "Double", "Float", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool" }.Select(type => $"torch.{type}Storage"),
    ];

    /// <summary>Why it may not be unpickled; null where it may.</summary>
    public static string? Problem(ReadOnlySpan<byte> pickle)
    {
        for (var rest = pickle; !rest.IsEmpty;)
        {
            var opcode = rest[0];
            if (opcode == Stop) return rest.Length == 1 ? null : "its pickle goes on after its end";
            var arguments = rest[1..];
            if (opcode == Global)
            {
                if (Line(ref arguments) is not { } module || Line(ref arguments) is not { } name) break;
                if (!Callable.Contains($"{module}.{name}")) return $"its pickle calls {Shown($"{module}.{name}")}, which no state dict needs";
                rest = arguments;
                continue;
            }
            if (ArgumentLength(opcode, arguments) is not { } length) return $"its pickle has the opcode {opcode:x2}, which no state dict needs";
            if (length < 0 || length > arguments.Length) break;
            rest = arguments[(int)length..];
        }
        return "its pickle ends within";
    }

    /// <summary>Bytes after an opcode; −1 where they are cut off, null for an opcode that is not allowed.</summary>
    private static long? ArgumentLength(byte opcode, ReadOnlySpan<byte> arguments) => opcode switch
    {
        // MARK, EMPTY_TUPLE, TUPLE, EMPTY_DICT, EMPTY_LIST, NONE, SETITEM(S), APPEND(S), REDUCE, BUILD, BINPERSID
        (byte)'(' or (byte)')' or (byte)'t' or (byte)'}' or (byte)']' or (byte)'N' or (byte)'s' or (byte)'u' or (byte)'a' or (byte)'e'
            or (byte)'R' or (byte)'b' or (byte)'Q' => 0,
        0x85 or 0x86 or 0x87 or 0x88 or 0x89 => 0,           // TUPLE1 … TUPLE3, NEWTRUE, NEWFALSE
        0x80 or (byte)'q' or (byte)'h' or (byte)'K' => 1,    // PROTO, BINPUT, BINGET, BININT1
        (byte)'M' => 2,                                      // BININT2
        (byte)'J' or (byte)'r' or (byte)'j' => 4,            // BININT, LONG_BINPUT, LONG_BINGET
        (byte)'G' => 8,                                      // BINFLOAT
        0x8a => arguments.IsEmpty ? -1 : 1L + arguments[0],  // LONG1
        (byte)'X' => arguments.Length < sizeof(uint) ? -1 : sizeof(uint) + (long)BinaryPrimitives.ReadUInt32LittleEndian(arguments),   // BINUNICODE
        _ => null,
    };

    private static string? Line(ref ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOf((byte)'\n');
        if (end < 0) return null;
        var line = Encoding.UTF8.GetString(rest[..end]);
        rest = rest[(end + 1)..];
        return line;
    }

    /// <summary>A name that a stranger chose, on one line of a terminal.</summary>
    private static string Shown(string name) => string.Concat(name.Take(80).Select(letter => char.IsControl(letter) ? '?' : letter));
}
