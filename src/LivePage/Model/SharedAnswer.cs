using System.Diagnostics;
using System.Text.Json.Nodes;
using MiniBatch.Shared.Runs;

namespace MiniBatch.LivePage.Model;

/// <summary>
/// An answer that takes time of the run's processes, for all who ask: one question at a time, none while the last answer is of the newest
/// version, and no more than two a second. A page without a token may be asked by anybody, as often as he likes. Used by any thread.
/// </summary>
/// <param name="ask">The question; null where there is no answer now, which costs nobody anything.</param>
/// <param name="newest">The run's version; null where it is not known.</param>
internal sealed class SharedAnswer(Func<CancellationToken, Task<JsonObject?>> ask, Func<long?> newest)
{
    /// <summary>From an answer to the next question. A page asks every 700 ms.</summary>
    private static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _turn = new(1);
    private Task<string>? _next;   // the question that will be asked next, for all who have come since the last was
    private string _text = "null";
    private long? _version;   // of the text
    private long _answeredAt;   // whose turn it is reads and writes it

    /// <summary>The answer, to a question that was not asked before this call; or the last one, where there can be no newer.</summary>
    /// <param name="cancellation">Ends the waiting. What others wait for is asked all the same.</param>
    /// <returns>JSON; "null" where there is none.</returns>
    /// <exception cref="OperationCanceledException">It took too long.</exception>
    public Task<string> GetAsync(CancellationToken cancellation)
    {
        lock (_gate) return Known() is { } text ? Task.FromResult(text) : (_next ??= Task.Run(() => NextAsync())).WaitAsync(cancellation);
    }

    private string? Known()
    {
        lock (_gate) return _version is { } version && version == newest() ? _text : null;
    }

    private async Task<string> NextAsync()
    {
        await _turn.WaitAsync();
        try
        {
            var rest = Apart - Stopwatch.GetElapsedTime(_answeredAt);
            if (rest > TimeSpan.Zero && Known() is null) await Task.Delay(rest);
            lock (_gate)
            {
                _next = null;
                if (Known() is { } known) return known;
            }
            // Not the limit of who asked first: he may have gone.
            using var limit = new CancellationTokenSource(PageEndpoints.AnswerLimit);
            var answer = await ask(limit.Token);
            if (answer is not null) _answeredAt = Stopwatch.GetTimestamp();
            lock (_gate)
            {
                _version = (long?)answer?["version"];
                return _text = answer?.ToJsonString(Json.Compact) ?? "null";
            }
        }
        finally
        {
            _turn.Release();
        }
    }
}
