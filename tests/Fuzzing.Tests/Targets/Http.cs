using System.Diagnostics;
using System.Net.Mime;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;
using MiniBatch.Launcher.Watching;
using MiniBatch.LivePage;
using MiniBatch.LivePage.Live;
using MiniBatch.LivePage.Tests;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Fuzzing.Tests.Targets;

/// <summary>
/// Requests to the live page, from behind the web server's own parser: method and target, headers, a blank line, the body. No answer
/// says that the server failed.
/// </summary>
internal sealed class HttpTarget : FileTarget
{
    private const string Token = "0123456789abcdef";
    private const string Head = $"Host: 127.0.0.1:4000\nX-Token: {Token}\nOrigin: http://127.0.0.1:4000\n";

    private readonly RequestDelegate _page;
    private readonly ServiceProvider _services;

    public HttpTarget()
    {
        var directory = new RunDirectory(Folder);
        Directory.CreateDirectory(directory.Logs);
        File.WriteAllText(directory.Ledger, "{\"step\":1}\n{\"step\":2}\n{\"step\":3}\n");
        _services = new ServiceCollection().AddLogging().AddRoutingCore()
            .AddSingleton(new DiagnosticListener("fuzz")).AddSingleton<DiagnosticSource>(services => services.GetRequiredService<DiagnosticListener>())
            .BuildServiceProvider();
        var app = new ApplicationBuilder(_services);
        var run = new FakeRun();
        // Of the version that it answers for: so an answer is known, and none waits for the next question.
        run.Show(new ExchangeView(run.Version, "", null, false, 0, [], [], null));
        var shown = new ShownRun(directory, Specs.Small, run) { Control = new FakeControl(), TakesPictures = true };
        app.UseRouting();
        // Stopping already: what is sent without an end ends at once.
        app.UseEndpoints(endpoints => endpoints.MapRunPage(shown, new PageAccess(Token), new CancellationToken(canceled: true)));
        _page = app.Build();
    }

    public override string Name => "http request";

    public override IReadOnlyList<byte[]> Corpus { get; } =
    [
        Request("GET", "/"), Request("GET", "/app.js"), Request("GET", "/api/run"), Request("GET", "/api/step?n=2"), Request("GET", "/api/test-image?n=1"),
        Request("GET", $"/api/events?token={Token}"), Request("GET", "/api/weights"), Request("GET", "/api/boundary"),
        Request("POST", "/api/pace", """{"stepsPerSecond":10.5}"""), Request("POST", "/api/pace", """{"stepsPerSecond":null}"""), Request("POST", "/api/step"),
        Request("POST", "/api/break", """{"fault":"killWorker","worker":0}"""), Request("POST", "/api/compare"), Request("POST", "/api/predict", "P2\n2 2\n255\n0 1 2 3\n"),
        Encoding.Latin1.GetBytes($"POST /api/predict\n{Head}Content-Type: {MediaTypeNames.Application.Octet}\n\n{new string('\x7f', 784)}"),
    ];

    /// <summary>The first that asks for a test image has the dataset loaded.</summary>
    public override long BytesMax(int length) => 256 << 20;

    public override bool Read(byte[] input)
    {
        var context = new DefaultHttpContext { RequestServices = _services };
        Fill(context.Request, Encoding.Latin1.GetString(input));
        context.Response.Body = new MemoryStream();
        _page(context).GetAwaiter().GetResult();
        var status = context.Response.StatusCode;
        Require(status is >= 200 and < 500, $"it answers {status}");
        return status < 400;
    }

    public override void Dispose()
    {
        _services.Dispose();
        base.Dispose();
    }

    private static void Fill(HttpRequest request, string text)
    {
        var blank = text.IndexOf("\n\n", StringComparison.Ordinal);
        var lines = (blank < 0 ? text : text[..blank]).Split('\n');
        var words = lines[0].Split(' ');
        request.Method = words[0];
        request.Scheme = "http";
        var target = words.Length > 1 ? words[1] : "/";
        var query = target.IndexOf('?');
        request.Path = new PathString(query < 0 ? Rooted(target) : Rooted(target[..query]));
        if (query >= 0) request.QueryString = new QueryString(target[query..]);
        foreach (var line in lines.Skip(1))
        {
            var colon = line.IndexOf(':');
            // The server refuses what is no header's name.
            if (colon > 0 && line[..colon].All(char.IsAsciiLetterOrDigit) || colon > 0 && line[..colon].All(letter => char.IsAsciiLetter(letter) || letter == '-'))
                request.Headers[line[..colon]] = StringValues.Concat(request.Headers[line[..colon]], line[(colon + 1)..].Trim());
        }
        request.Body = new MemoryStream(blank < 0 ? [] : Encoding.Latin1.GetBytes(text[(blank + 2)..]));
    }

    private static string Rooted(string path) => path.StartsWith('/') ? path : $"/{path}";

    private static byte[] Request(string method, string target, string body = "") =>
        Encoding.Latin1.GetBytes($"{method} {target}\n{Head}\n{body}");
}
