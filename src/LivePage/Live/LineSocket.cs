using System.Buffers;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading.Channels;

namespace MiniBatch.LivePage.Live;

/// <summary>Messages over a socket, a line each. Whoever reads slowly loses views, and nothing else.</summary>
internal sealed class LineSocket : IAsyncDisposable
{
    /// <summary>Messages that wait to be sent; a view beyond it is dropped, and it is only the other side's standstill that fills it.</summary>
    private const int WaitingMax = 256;

    /// <summary>The longest line that is taken; a tensor's has 350 KB.</summary>
    private const int LineBytesMax = 1 << 24;

    private readonly NetworkStream _stream;
    private readonly Channel<LinkMessage> _out = Channel.CreateBounded<LinkMessage>(
        new BoundedChannelOptions(WaitingMax) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly Task _writing;
    private byte[] _received = new byte[1 << 14];
    private int _start;   // of what was received and not taken yet
    private int _end;

    public LineSocket(Socket socket)
    {
        _stream = new NetworkStream(socket, ownsSocket: true);
        _writing = WriteAll();
    }

    /// <summary>What the line of a view begins with; it ends with a brace. Between them is the view, which is never parsed on its way.</summary>
    private static ReadOnlySpan<byte> ViewHead => "{\"kind\":\"view\",\"what\":"u8;

    /// <summary>Sends a message some time soon; from any thread, never blocking.</summary>
    public void Send(LinkMessage message) => _out.Writer.TryWrite(message);

    /// <summary>The next message; null where the other side has gone, or sends what none of ours does.</summary>
    public async Task<LinkMessage?> ReceiveAsync()
    {
        try
        {
            var looked = 0;
            int feed;
            while ((feed = _received.AsSpan(_start + looked, _end - _start - looked).IndexOf((byte)'\n')) < 0)
            {
                looked = _end - _start;
                if (!MakeRoom()) return null;
                var count = await _stream.ReadAsync(_received.AsMemory(_end));
                if (count == 0) return null;   // killed in the middle of a line, perhaps
                _end += count;
            }
            var line = _received.AsMemory(_start, looked + feed);
            _start += line.Length + 1;
            return Read(line.Span);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or JsonException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _out.Writer.TryComplete();
        await _stream.DisposeAsync();
        await _writing;
    }

    private static LinkMessage? Read(ReadOnlySpan<byte> line) =>
        line.Length > ViewHead.Length && line.StartsWith(ViewHead)
            ? new LinkMessage.View(new ViewText(line[ViewHead.Length..^1].ToArray()))
            : JsonSerializer.Deserialize(line, PageJson.Default.LinkMessage);

    private static void Write(LinkMessage message, ArrayBufferWriter<byte> line, Utf8JsonWriter json)
    {
        if (message is LinkMessage.View view)
        {
            line.Write(ViewHead);
            line.Write(view.What.Utf8Json.Span);
            line.Write("}\n"u8);
            return;
        }
        json.Reset(line);
        JsonSerializer.Serialize(json, message, PageJson.Default.LinkMessage);
        json.Flush();
        line.Write("\n"u8);
    }

    /// <returns>False where the line is too long.</returns>
    private bool MakeRoom()
    {
        if (_start > 0)
        {
            _received.AsSpan(_start, _end - _start).CopyTo(_received);
            (_start, _end) = (0, _end - _start);
        }
        if (_end < _received.Length) return true;
        if (_received.Length >= LineBytesMax) return false;
        Array.Resize(ref _received, 2 * _received.Length);
        return true;
    }

    private async Task WriteAll()
    {
        var line = new ArrayBufferWriter<byte>();
        await using var json = new Utf8JsonWriter(line);
        try
        {
            await foreach (var message in _out.Reader.ReadAllAsync())
            {
                line.ResetWrittenCount();
                Write(message, line, json);
                await _stream.WriteAsync(line.WrittenMemory);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The other side has gone: the reader finds out.
        }
    }
}
