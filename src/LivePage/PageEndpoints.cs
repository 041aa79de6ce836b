using System.Net.Mime;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using MiniBatch.LivePage.Feed;
using MiniBatch.LivePage.Live;
using MiniBatch.LivePage.Model;
using MiniBatch.Shared.Runs;
using MiniBatch.Supervision;

namespace MiniBatch.LivePage;

/// <summary>The page over HTTP: its files, what it asks for, and where it only shows nothing else; its buttons are POSTs.</summary>
public static class PageEndpoints
{
    /// <summary>A picture that somebody uploads.</summary>
    public const int PictureBytesMax = 10 << 20;

    /// <summary>The answer to a button that only a coordinator can do something about, while there is none.</summary>
    public const string NoCoordinator = "there is no coordinator just now, and nothing was done; try again in a moment";

    /// <summary>What has no answer by then has none.</summary>
    internal static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    /// <summary>Maps all of it below the root. Unknown paths are left to others.</summary>
    /// <param name="endpoints">Where.</param>
    /// <param name="page">What is shown.</param>
    /// <param name="access">Who may look.</param>
    /// <param name="stopping">Ends what is sent without an end.</param>
    public static void MapRunPage(this IEndpointRouteBuilder endpoints, ShownRun page, PageAccess access, CancellationToken stopping)
    {
        var story = new Story(page.Directory.Logs);
        stopping.Register(story.Dispose);
        var events = new EventStream(page, story, stopping);
        var model = new ModelPictures(page);
        var weights = new SharedAnswer(model.WeightsAsync, () => page.Live.View?.Version);
        var boundary = new SharedAnswer(model.BoundaryAsync, () => page.Live.View?.Version);

        Get("/", context => PageAssets.SendAsync(context, PageAssets.Index));
        foreach (var file in PageAssets.Public) Get($"/{file}", context => PageAssets.SendAsync(context, file));
        Get("/api/run", context => Send(context, Describe(page)));
        Get("/api/events", async context =>
        {
            if (!await events.TrySendAsync(context))
                await Refuse(context, StatusCodes.Status503ServiceUnavailable, $"{EventStream.ReadersMax} pages are open already; close one");
        });
        Get("/api/step", context => Number(context, "n") is { } step && LedgerTail.Find(page.Directory.Ledger, step) is { } line
            ? SendText(context, line)
            : Refuse(context, StatusCodes.Status404NotFound, "the ledger has no such step"));
        Get("/api/weights", context => Send(context, weights));
        Get("/api/boundary", context => Send(context, boundary));
        Get("/api/test-image", context => Number(context, "n") is { } n && model.TestImage((int)n) is { } image
            ? Send(context, image)
            : Refuse(context, StatusCodes.Status404NotFound, "there is no such picture"));
        if (page.TakesPictures) Map(HttpMethods.Post, "/api/predict", Predict);
        if (page.Control is not { } control) return;

        Post("/api/pace", body => SetPace(page.Live, body));
        Post("/api/step", _ => StepOnce(page.Live));
        Post("/api/break", body => Break(control, body));
        Post("/api/compare", _ => control.Compare(), evenWhenOver: true);

        async Task Predict(HttpContext context)
        {
            var bytes = await Body(context, PictureBytesMax);
            if (bytes is null) return;
            try
            {
                var pixels = context.Request.ContentType == MediaTypeNames.Application.Octet ? bytes : await model.ToPixelsAsync(bytes, Limit(context).Token);
                await SendOrNull(context, pixels is null ? null : await model.PredictAsync(pixels, Limit(context).Token));
            }
            catch (UserErrorException e)
            {
                await Refuse(context, StatusCodes.Status400BadRequest, e.Message);
            }
        }

        void Get(string path, RequestDelegate handle) => Map(HttpMethods.Get, path, handle);

        void Post(string path, Func<JsonObject, string?> act, bool evenWhenOver = false) => Map(HttpMethods.Post, path, async context =>
        {
            if (await Body(context, 4096) is not { } bytes) return;
            if (control.State.Cluster.IsOver && !evenWhenOver)
            {
                await Refuse(context, StatusCodes.Status409Conflict, "the run is over: there is nothing left to do that to");
                return;
            }
            string? problem;
            try
            {
                problem = act(bytes.Length == 0 ? [] : JsonNode.Parse(bytes) as JsonObject ?? throw new JsonException("no object"));
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or ArgumentException)
            {
                // ArgumentException: a name that is there twice.
                problem = "this is no JSON that a button sends";
            }
            if (problem is null) context.Response.StatusCode = StatusCodes.Status204NoContent;
            else await Refuse(context, StatusCodes.Status400BadRequest, problem);
        });

        void Map(string method, string path, RequestDelegate handle) => endpoints.MapMethods(path, [method], async context =>
        {
            Protect(context.Response);
            if (access.Refusal(context.Request) is { } refusal) await Refuse(context, StatusCodes.Status403Forbidden, refusal);
            else await handle(context);
        });
    }

    private static string? SetPace(ILiveRun run, JsonObject body)
    {
        var asked = body["stepsPerSecond"];
        if (asked is not null && !(asked.GetValueKind() == JsonValueKind.Number && asked.GetValue<double>() is >= 0 and <= 1000))
            return "give stepsPerSecond from 0 to 1000, or null for full speed";
        run.SetPace(asked?.GetValue<double>());
        return null;
    }

    private static string? StepOnce(ILiveRun run)
    {
        if (!run.IsConnected) return NoCoordinator;
        run.StepOnce();
        return null;
    }

    private static string? Break(IRunControl control, JsonObject body)
    {
        if (!Enum.TryParse<ClusterFault>(body["fault"]?.GetValue<string>(), ignoreCase: true, out var fault) || !control.Faults.Contains(fault))
            return $"there is no such fault here; there are {string.Join(", ", control.Faults)}";
        return control.Break(fault, body["worker"]?.GetValue<string>());
    }

    /// <summary>Nothing but our own files runs on the page, nobody frames it, and its token goes nowhere.</summary>
    private static void Protect(HttpResponse response)
    {
        response.Headers.ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers.CacheControl = "no-store";
    }

    private static JsonObject Describe(ShownRun page) => new()
    {
        ["spec"] = JsonSerializer.SerializeToNode(page.Spec, Json.Compact),
        ["stepsPerEpoch"] = page.Spec.StepsPerEpoch,
        ["updatesPerEpoch"] = page.Spec.UpdatesPerEpoch,
        ["synchronous"] = page.Spec.Mode.IsSynchronous,
        ["control"] = page.Control is not null,
        ["faults"] = new JsonArray([.. (page.Control?.Faults ?? []).Select(fault => (JsonNode)JsonNamingPolicy.CamelCase.ConvertName(fault.ToString()))]),
        ["canCompare"] = page.Control?.CanCompare ?? false,
        ["pictures"] = page.TakesPictures,
        ["directory"] = page.Control is null ? null : page.Directory.Root,
        ["model"] = ModelPictures.Describe(page),
    };

    private static CancellationTokenSource Limit(HttpContext context)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        limit.CancelAfter(AnswerLimit);
        context.Response.RegisterForDispose(limit);
        return limit;
    }

    private static long? Number(HttpContext context, string name) => long.TryParse(context.Request.Query[name], out var value) ? value : null;

    /// <summary>The body; null, and refused, where it is longer than allowed.</summary>
    private static async Task<byte[]?> Body(HttpContext context, int bytesMax)
    {
        // A node's server takes no bodies: its probes have none. What is too long is refused below, with a line.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = 2L * bytesMax;
        var body = new MemoryStream();
        var chunk = new byte[16 * 1024];
        while (context.Request.ContentLength is not { } length || length <= bytesMax)
        {
            var count = await context.Request.Body.ReadAsync(chunk, context.RequestAborted);
            if (count == 0) return body.ToArray();
            body.Write(chunk, 0, count);
            if (body.Length > bytesMax) break;
        }
        await Refuse(context, StatusCodes.Status413PayloadTooLarge, bytesMax >= 1 << 20 ? $"a picture of more than {bytesMax >> 20} MB is not taken" : "that is too long for a button");
        return null;
    }

    /// <summary>Nothing, where nobody is there to ask: that happens while a coordinator is started again, and is no error.</summary>
    private static Task SendOrNull(HttpContext context, JsonObject? what) => what is not null ? Send(context, what) : SendText(context, "null");

    private static async Task Send(HttpContext context, SharedAnswer shared)
    {
        string answer;
        try
        {
            answer = await shared.GetAsync(Limit(context).Token);
        }
        catch (OperationCanceledException)
        {
            answer = "null";
        }
        await SendText(context, answer);
    }

    private static Task Send(HttpContext context, JsonObject what) => SendText(context, what.ToJsonString(Json.Compact));

    private static Task SendText(HttpContext context, string json)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        return context.Response.WriteAsync(json);
    }

    private static Task Refuse(HttpContext context, int status, string line)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync($"{line}\n", Encoding.UTF8);
    }
}
