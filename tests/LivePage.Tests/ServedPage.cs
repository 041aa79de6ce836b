using System.Net;
using System.Text;
using MiniBatch.Launcher.Watching;
using MiniBatch.LivePage.Live;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Numerics.Optimizers;
using MiniBatch.Shared.Runs;

namespace MiniBatch.LivePage.Tests;

/// <summary>A page as the launcher serves it, of a run that is not there, and a client that has its link.</summary>
internal sealed class ServedPage : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("minibatch-test-");
    private readonly PageServer _server;
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });

    /// <summary>Serves it.</summary>
    /// <param name="hasButtons">Whether it has any.</param>
    /// <param name="takesPictures">Whether they are predicted.</param>
    /// <param name="live">What answers for the run; <see cref="Live"/> where null.</param>
    public ServedPage(bool hasButtons = true, bool takesPictures = true, Func<RunDirectory, ILiveRun>? live = null)
    {
        Run = new RunDirectory(_folder.FullName);
        Directory.CreateDirectory(Run.Logs);
        _server = PageServer.Start(0, new ShownRun(Run, Spec, live?.Invoke(Run) ?? Live)
        {
            Control = hasButtons ? Control : null,
            TakesPictures = takesPictures,
        });
        Address = new Uri(_server.Link.Split("/?")[0]);
        Token = _server.Link.Split("token=")[1];
    }

    public static RunSpec Spec { get; } = new()
    {
        Run = new RunId("test"), ProgramVersion = "1.0", Workload = "mnist-softmax", Dataset = "mnist", DatasetSha256 = new string('a', 64),
        TrainCount = 100, TestCount = 100, Epochs = 2, GlobalBatch = 20, Slots = 4, Seed = 7, Order = SampleOrder.Shuffled,
        LastBatch = LastBatch.Drop, Reduction = LossReduction.Mean, Optimizer = OptimizerSettings.Default(OptimizerKind.Sgd), CpuCapability = CpuCapability.Default,
    };

    public RunDirectory Run { get; }

    public FakeRun Live { get; } = new();

    public FakeControl Control { get; } = new();

    public Uri Address { get; }

    public string Token { get; }

    /// <summary>What opens it.</summary>
    public string Link => _server.Link;

    /// <summary>Asks as the page itself does, or otherwise.</summary>
    /// <param name="method">GET or POST.</param>
    /// <param name="path">With a query, perhaps.</param>
    /// <param name="body">Of a POST.</param>
    /// <param name="token">In the header; null for none.</param>
    /// <param name="origin">Of the page that asks; null for none.</param>
    /// <param name="host">Whom it takes us for; null for our address.</param>
    /// <param name="type">Of the body.</param>
    /// <param name="fetch">What a browser says of where the request comes from, and how: Sec-Fetch-Site and -Mode; null for no browser.</param>
    public async Task<(HttpStatusCode Status, string Text, HttpResponseMessage Response)> Ask(
        string method, string path, byte[]? body = null, string? token = null, string? origin = null, string? host = null, string type = "application/json",
        (string Site, string Mode)? fetch = null)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), new Uri(Address, path));
        if (method == "POST")
        {
            request.Content = new ByteArrayContent(body ?? []);
            request.Content.Headers.ContentType = new(type);
        }
        if (token is not null) request.Headers.Add("X-Token", token);
        if (origin is not null) request.Headers.Add("Origin", origin);
        if (host is not null) request.Headers.Host = host;
        if (fetch is { } from)
        {
            request.Headers.Add("Sec-Fetch-Site", from.Site);
            request.Headers.Add("Sec-Fetch-Mode", from.Mode);
        }
        var response = await _client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(), response);
    }

    /// <summary>A button of the page, pressed.</summary>
    public Task<(HttpStatusCode Status, string Text, HttpResponseMessage Response)> Press(string path, string json = "") =>
        Ask("POST", path, Encoding.UTF8.GetBytes(json), Token, Address.GetLeftPart(UriPartial.Authority));

    /// <summary>The first piece of what happens.</summary>
    public async Task<StreamReader> Listen()
    {
        var response = await _client.GetAsync(new Uri(Address, $"/api/events?token={Token}"), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        return new StreamReader(await response.Content.ReadAsStreamAsync());
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
        _folder.Delete(recursive: true);
    }
}
