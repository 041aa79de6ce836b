using System.Net.Mime;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using MiniBatch.LivePage.Access;
using MiniBatch.LivePage.Feed;
using MiniBatch.LivePage.Live;
using MiniBatch.LivePage.Model;
using MiniBatch.Shared.Runs;

namespace MiniBatch.LivePage;

/// <summary>The page over HTTP: its files, what it asks for, and where it only shows nothing else; its buttons are POSTs.</summary>
public static class PageEndpoints
{
    /// <summary>Pages open at a time; one more is told to wait.</summary>
    private const int ReadersMax = 8;

    /// <summary>A picture that somebody uploads.</summary>
    public const int PictureBytesMax = 10 << 20;

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    /// <summary>Maps all of it below the root. Unknown paths are left to others.</summary>
    /// <param name="endpoints">Where.</param>
    /// <param name="page">What is shown.</param>
    /// <param name="access">Who may look.</param>
    /// <param name="stopping">Ends what is sent without an end.</param>
    public static void MapRunPage(this IEndpointRouteBuilder endpoints, ShownRun page, PageAccess access, CancellationToken stopping)
    {
        var readers = new SemaphoreSlim(ReadersMax);
        var model = new ModelPictures(page);

        Get("/", context => PageAssets.SendAsync(context, PageAssets.Index));
        foreach (var file in PageAssets.Public) Get($"/{file}", context => PageAssets.SendAsync(context, file));
        Get("/api/run", context => Send(context, Describe(page)));
        Get("/api/events", context => SendEvents(context, page, readers, stopping));
        Get("/api/step", context => Number(context, "n") is { } step && LedgerTail.Find(page.Directory.Ledger, step) is { } line
            ? SendText(context, line)
            : Refuse(context, StatusCodes.Status404NotFound, "the ledger has no such step"));
        Get("/api/weights", async context => await SendOrNull(context, await model.WeightsAsync(Limit(context).Token)));
        Get("/api/boundary", async context => await SendOrNull(context, await model.BoundaryAsync(Limit(context).Token)));
        Get("/api/test-image", context => Number(context, "n") is { } n && model.TestImage((int)n) is { } image
            ? Send(context, image)
            : Refuse(context, StatusCodes.Status404NotFound, "there is no such picture"));
        if (page.Control is not { } control) return;

        Post("/api/pace", async (context, body) =>
        {
            if (body["stepsPerSecond"] is var asked && asked is not null && !(asked.GetValueKind() == JsonValueKind.Number && asked.GetValue<double>() is >= 0 and <= 1000))
                return "give stepsPerSecond from 0 to 1000, or null for full speed";
            page.Live.SetPace(asked?.GetValue<double>());
            return await Task.FromResult<string?>(null);
        });
        Post("/api/step", (_, _) =>
        {
            page.Live.StepOnce();
            return Task.FromResult<string?>(null);
        });
        Post("/api/break", (_, body) => Task.FromResult(Break(control, body)));
        Post("/api/compare", (_, _) => Task.FromResult(control.Compare()), evenWhenOver: true);
        Map(HttpMethods.Post, "/api/predict", async context =>
        {
            var bytes = await Body(context, PictureBytesMax);
            if (bytes is null) return;
            try
            {
                var pixels = context.Request.ContentType == MediaTypeNames.Application.Octet
                    ? bytes
                    : page.ToPixels?.Invoke(bytes) ?? throw new UserErrorException("this run's data are no pictures");
                await SendOrNull(context, await model.PredictAsync(pixels, Limit(context).Token));
            }
            catch (UserErrorException e)
            {
                await Refuse(context, StatusCodes.Status400BadRequest, e.Message);
            }
        });

        void Get(string path, RequestDelegate handle) => Map(HttpMethods.Get, path, handle);

        void Post(string path, Func<HttpContext, JsonObject, Task<string?>> act, bool evenWhenOver = false) => Map(HttpMethods.Post, path, async context =>
        {
            if (await Body(context, 4096) is not { } bytes) return;
            if (control.State.IsOver && !evenWhenOver)
            {
                await Refuse(context, StatusCodes.Status409Conflict, "the run is over: there is nothing left to do that to");
                return;
            }
            string? problem;
            try
            {
                problem = await act(context, bytes.Length == 0 ? [] : JsonNode.Parse(bytes) as JsonObject ?? throw new JsonException("no object"));
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

    private static string? Break(IRunControl control, JsonObject body)
    {
        if (!Enum.TryParse<Fault>(body["fault"]?.GetValue<string>(), ignoreCase: true, out var fault) || !Enum.IsDefined(fault))
            return $"there is no such fault; there are {string.Join(", ", Enum.GetNames<Fault>())}";
        return control.Break(fault, body["worker"]?.GetValue<int>());
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
        ["pictures"] = page.ToPixels is not null,
        ["directory"] = page.Control is null ? null : page.Directory.Root,
        ["model"] = ModelPictures.Describe(page),
    };

    private static async Task SendEvents(HttpContext context, ShownRun page, SemaphoreSlim readers, CancellationToken stopping)
    {
        if (!await readers.WaitAsync(TimeSpan.Zero))
        {
            await Refuse(context, StatusCodes.Status503ServiceUnavailable, $"{ReadersMax} pages are open already; close one");
            return;
        }
        try
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping, context.RequestAborted);
            using var watch = page.Live.Watch();
            using var feed = new RunFeed(page);
            using var timer = new PeriodicTimer(LinkToSupervisor.ViewInterval);
            context.Response.ContentType = "text/event-stream";
            var quiet = 0;
            do
            {
                // A reader that is slow is waited for here: it gets less often what happened, and nothing is kept for it.
                var text = feed.Next() is { } news ? $"data: {news}\n\n" : ++quiet % 50 == 0 ? ": still here\n\n" : null;
                if (text is null) continue;
                await context.Response.WriteAsync(text, end.Token);
                await context.Response.Body.FlushAsync(end.Token);
            }
            while (await timer.WaitForNextTickAsync(end.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The reader has gone, or the page's server ends.
        }
        finally
        {
            readers.Release();
        }
    }

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
