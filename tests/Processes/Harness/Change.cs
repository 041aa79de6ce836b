using System.Diagnostics;

namespace MiniBatch.Processes.Harness;

/// <summary>Waits for things that files and processes show, woken by their changes.</summary>
internal sealed class Change : IDisposable
{
    private readonly AutoResetEvent _something = new(initialState: false);
    private readonly FileSystemWatcher _files;

    /// <summary>Watches a directory, which exists, and all below it.</summary>
    public Change(string directory)
    {
        _files = new FileSystemWatcher(directory) { IncludeSubdirectories = true };
        _files.Changed += (_, _) => Happened();
        _files.Created += (_, _) => Happened();
        _files.Renamed += (_, _) => Happened();
        // Events were lost: whatever is waited for may have come about.
        _files.Error += (_, _) => Happened();
        _files.EnableRaisingEvents = true;
    }

    /// <summary>Has every waiting condition looked at.</summary>
    public void Happened() => _something.Set();

    /// <summary>Waits until a condition holds.</summary>
    /// <param name="what">The condition in words: "step 100".</param>
    /// <param name="holds">Looks at files and processes only; may throw to end the waiting.</param>
    /// <param name="limit">Far more than it should take.</param>
    public void WaitUntil(string what, Func<bool> holds, TimeSpan limit)
    {
        var clock = Stopwatch.StartNew();
        while (!holds())
        {
            var left = limit - clock.Elapsed;
            if (left <= TimeSpan.Zero || !_something.WaitOne(left) && !holds())
                throw new TimeoutException($"waited {limit.TotalSeconds} s for {what}");
        }
    }

    public void Dispose()
    {
        _files.Dispose();
        _something.Dispose();
    }
}
