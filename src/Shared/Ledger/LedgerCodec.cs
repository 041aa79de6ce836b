using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Ledger;

/// <summary>A ledger line that is not what was written; the message says what is wrong.</summary>
public sealed class LedgerException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>
/// Writes and reads ledger lines: one JSON object a line, whose last field <c>chain</c> is SHA-256 over the chain of the line
/// before (its 32 bytes) and the line's own text without that field. A line that is changed, dropped, added or moved breaks it.
/// </summary>
public static class LedgerCodec
{
    /// <summary>The chain before the first line of a run that starts from its seed.</summary>
    public static readonly string ChainStart = new('0', 64);

    /// <summary>The chain before the first line: of a run that starts from something else, the SHA-256 of what that is, as JSON.</summary>
    public static string ChainStartOf(RunOrigin? origin) =>
        origin is null ? ChainStart : Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(origin, Json.Compact)));

    private const int ChainBytes = 32;

    [ThreadStatic]
    private static (ArrayBufferWriter<byte> Text, Utf8JsonWriter Json)? _writing;

    private static readonly byte[] ChainField = ",\"chain\":\""u8.ToArray();
    private static readonly int TailLength = ChainField.Length + 64 + 2;   // …"}

    /// <summary>Appends a line with its line feed.</summary>
    /// <returns>The chain after it.</returns>
    public static string Write(IBufferWriter<byte> output, LedgerLine line, string chain)
    {
        var (text, json) = _writing ??= Writing();
        text.ResetWrittenCount();
        Convert.FromHexString(chain, text.GetSpan(ChainBytes), out _, out _);
        text.Advance(ChainBytes);
        json.Reset(text);
        LedgerText.Write(json, line);
        json.Flush();
        Span<byte> hash = stackalloc byte[ChainBytes];
        SHA256.HashData(text.WrittenSpan, hash);

        output.Write(text.WrittenSpan[ChainBytes..^1]);
        output.Write(ChainField);
        Span<byte> hex = stackalloc byte[2 * ChainBytes];
        Convert.TryToHexStringLower(hash, hex, out _);
        output.Write(hex);
        output.Write("\"}\n"u8);
        return Convert.ToHexStringLower(hash);
    }

    private static (ArrayBufferWriter<byte>, Utf8JsonWriter) Writing()
    {
        var text = new ArrayBufferWriter<byte>(1024);
        return (text, new Utf8JsonWriter(text, LedgerText.Options));
    }

    /// <summary>Reads a line without its line feed, and checks its chain.</summary>
    /// <returns>The line, and the chain after it.</returns>
    /// <exception cref="LedgerException">It is no ledger line, or breaks the chain.</exception>
    public static (LedgerLine Line, string Chain) Read(ReadOnlySpan<byte> bytes, string chain)
    {
        if (bytes.Length <= TailLength || !bytes[^TailLength..].StartsWith(ChainField) || !bytes.EndsWith("\"}"u8))
            throw new LedgerException("it is no ledger line");
        byte[] text = [.. bytes[..^TailLength], (byte)'}'];
        var stored = Encoding.ASCII.GetString(bytes.Slice(bytes.Length - TailLength + ChainField.Length, 64));
        var next = Chain(chain, text);
        if (stored != next) throw new LedgerException("its chain does not follow from the line before and its own text");
        try
        {
            var line = JsonSerializer.Deserialize<LedgerLine>(text, Json.Compact) ?? throw new LedgerException("it is empty");
            // What the text does not have is null, whatever its type says.
            return line is { Slots: not null, VersionCrc: not null } && line.Slots.All(slot => slot is { Worker: not null, Crc: not null })
                ? (line, next)
                : throw new LedgerException("it lacks a field");
        }
        catch (JsonException e)
        {
            throw new LedgerException($"it is no ledger line ({e.Message})", e);
        }
    }

    private static string Chain(string chain, ReadOnlySpan<byte> text)
    {
        var input = ArrayPool<byte>.Shared.Rent(ChainBytes + text.Length);
        Convert.FromHexString(chain, input, out _, out _);
        text.CopyTo(input.AsSpan(ChainBytes));
        Span<byte> hash = stackalloc byte[ChainBytes];
        SHA256.HashData(input.AsSpan(0, ChainBytes + text.Length), hash);
        ArrayPool<byte>.Shared.Return(input);
        return Convert.ToHexStringLower(hash);
    }
}
