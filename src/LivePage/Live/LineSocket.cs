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

    private readonly NetworkStream _stream;
    private readonly StreamReader _reader;
    private readonly Channel<LinkMessage> _out = Channel.CreateBounded<LinkMessage>(
        new BoundedChannelOptions(WaitingMax) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly Task _writing;

    public LineSocket(Socket socket)
    {
        _stream = new NetworkStream(socket, ownsSocket: true);
        _reader = new StreamReader(_stream);
        _writing = WriteAll();
    }

    /// <summary>Sends a message some time soon; from any thread, never blocking.</summary>
    public void Send(LinkMessage message) => _out.Writer.TryWrite(message);

    /// <summary>The next message; null where the other side has gone.</summary>
    public async Task<LinkMessage?> ReceiveAsync()
    {
        try
        {
            return await _reader.ReadLineAsync() is { } line ? JsonSerializer.Deserialize(line, PageJson.Default.LinkMessage) : null;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or JsonException)
        {
            return null;   // killed in the middle of a line, too
        }
    }

    public async ValueTask DisposeAsync()
    {
        _out.Writer.TryComplete();
        await _stream.DisposeAsync();
        await _writing;
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
                json.Reset(line);
                JsonSerializer.Serialize(json, message, PageJson.Default.LinkMessage);
                await json.FlushAsync();
                line.Write("\n"u8);
                await _stream.WriteAsync(line.WrittenMemory);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The other side has gone: the reader finds out.
        }
    }
}
