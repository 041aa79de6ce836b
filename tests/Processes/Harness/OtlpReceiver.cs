using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;

namespace MiniBatch.Processes.Harness;

/// <summary>A span as OTLP has it; ids in hexadecimal.</summary>
/// <param name="Service">The resource's service.name.</param>
internal sealed record ReceivedSpan(string Service, string Name, string TraceId, string Id, string ParentId, IReadOnlyDictionary<string, string> Tags);

/// <summary>Receives OTLP over HTTP, in protobuf, and keeps the spans.</summary>
/// <remarks>opentelemetry-proto: trace/v1/trace.proto has the numbers of the fields.</remarks>
internal sealed class OtlpReceiver : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<ReceivedSpan> _spans = [];
    private int _metricRequests;

    public OtlpReceiver()
    {
        Address = $"http://127.0.0.1:{FreePort()}";
        _listener.Prefixes.Add(Address + "/");
        _listener.Start();
        _ = Serve();
    }

    public string Address { get; }

    public IReadOnlyCollection<ReceivedSpan> Spans => _spans;

    public int MetricRequests => _metricRequests;

    public void Dispose() => _listener.Close();

    private static int FreePort()
    {
        using var free = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        free.Start();
        return ((IPEndPoint)free.LocalEndpoint).Port;
    }

    private async Task Serve()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
            var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            if (context.Request.Url!.AbsolutePath == "/v1/traces") Read(body.ToArray());
            else Interlocked.Increment(ref _metricRequests);
            context.Response.Close();
        }
    }

    private void Read(byte[] request)
    {
        foreach (var resourceSpans in Messages(request, 1))
        {
            var service = Tags(Messages(resourceSpans, 1).Single(), 1)["service.name"];
            foreach (var span in Messages(resourceSpans, 2).SelectMany(scope => Messages(scope, 2)))
                _spans.Enqueue(new ReceivedSpan(service, Text(span, 5), Hex(span, 1), Hex(span, 2), Hex(span, 4), Tags(span, 9)));
        }
    }

    private static Dictionary<string, string> Tags(byte[] message, int field) => Messages(message, field).ToDictionary(pair => Text(pair, 1), pair => Value(Messages(pair, 2).Single()));

    private static string Value(byte[] any)
    {
        var input = new CodedInputStream(any);
        return WireFormat.GetTagFieldNumber(input.ReadTag()) switch
        {
            1 => input.ReadString(),
            3 => $"{input.ReadInt64()}",
            4 => $"{input.ReadDouble()}",
            _ => "",
        };
    }

    private static string Text(byte[] message, int field) => System.Text.Encoding.UTF8.GetString(Messages(message, field).Single());

    private static string Hex(byte[] message, int field) => Convert.ToHexStringLower(Messages(message, field).SingleOrDefault() ?? []);

    /// <summary>The fields of that number, all of which are of a length that is told.</summary>
    private static List<byte[]> Messages(byte[] message, int field)
    {
        var found = new List<byte[]>();
        var input = new CodedInputStream(message);
        for (var tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            if (WireFormat.GetTagFieldNumber(tag) == field) found.Add(input.ReadBytes().ToByteArray());
            else input.SkipLastField();
        }
        return found;
    }
}
