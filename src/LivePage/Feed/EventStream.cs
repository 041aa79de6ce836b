using System.Buffers;
using Microsoft.AspNetCore.Http;
using MiniBatch.LivePage.Live;

namespace MiniBatch.LivePage.Feed;

/// <summary>What happens in a run as server-sent events, for each page that is open. Nobody watches the run while none is.</summary>
/// <param name="page">The run.</param>
/// <param name="story">Its logs.</param>
/// <param name="stopping">Ends them all.</param>
internal sealed class EventStream(ShownRun page, Story story, CancellationToken stopping)
{
    /// <summary>Pages open at a time; one more is told to wait.</summary>
    public const int ReadersMax = 8;

    /// <summary>Looks without news after which a line is sent all the same: else nobody would notice that a reader has gone.</summary>
    private const int QuietLooks = 50;

    private readonly SemaphoreSlim _readers = new(ReadersMax);

    /// <summary>Sends to one reader until it goes.</summary>
    /// <returns>False, and nothing was sent, where there are too many.</returns>
    public async Task<bool> TrySendAsync(HttpContext context)
    {
        if (!await _readers.WaitAsync(TimeSpan.Zero)) return false;
        try
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping, context.RequestAborted);
            await SendAsync(context.Response, end.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The reader has gone, or the page's server ends.
        }
        finally
        {
            _readers.Release();
        }
        return true;
    }

    private async Task SendAsync(HttpResponse response, CancellationToken end)
    {
        using var watch = page.Live.Watch();
        using var feed = new RunFeed(page, story);
        using var timer = new PeriodicTimer(LinkToSupervisor.ViewInterval);
        response.ContentType = "text/event-stream";
        var quiet = 0;
        do
        {
            if (feed.Next() is { } news)
            {
                response.BodyWriter.Write("data: "u8);
                response.BodyWriter.Write(news.Span);
                response.BodyWriter.Write("\n\n"u8);
            }
            else if (++quiet % QuietLooks == 0) response.BodyWriter.Write(": still here\n\n"u8);
            else continue;
            // A reader that is slow is waited for here: it gets less often what happened, and nothing is kept for it.
            await response.BodyWriter.FlushAsync(end);
        }
        while (await timer.WaitForNextTickAsync(end));
    }
}
