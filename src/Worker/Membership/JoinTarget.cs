using System.Diagnostics;
using System.Text.Json;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Worker.Membership;

/// <summary>Where a worker looks for its coordinator: an address, or a file that a coordinator writes its address to.</summary>
public sealed class JoinTarget
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan LookForAnother = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan LookUpAgain = TimeSpan.FromMilliseconds(500);

    private readonly (string Host, int Port)? _address;
    private readonly string? _file;

    private JoinTarget((string, int)? address, string? file)
    {
        _address = address;
        _file = file;
    }

    /// <summary>Reads <c>--join HOST:PORT</c>, or the supervisor's <c>--join-file</c>.</summary>
    /// <exception cref="UserErrorException">Neither, or no address.</exception>
    public static JoinTarget Parse(string? join, string? joinFile)
    {
        if (joinFile is not null) return new JoinTarget(null, joinFile);
        if (join is null)
            throw new UserErrorException("say with --join HOST:PORT which coordinator to join; it prints that line when it starts", UserErrorException.Usage);
        try
        {
            return new JoinTarget(HostName.ParseWithPort(join), null);
        }
        catch (FormatException e)
        {
            throw new UserErrorException($"--join {join}: {e.Message}", UserErrorException.Usage);
        }
    }

    /// <summary>
    /// The coordinator's address; waits for the file where that is where to look, else for the name to stand for an address: in
    /// Kubernetes it does only while the coordinator's pod has one.
    /// </summary>
    /// <param name="limit">How long.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="say">Hears once that the name stands for nothing yet.</param>
    /// <returns>Null where the limit ran out, or waiting was cancelled.</returns>
    public (string Host, int Port)? Find(TimeSpan limit, CancellationToken cancellation, Action<string>? say = null)
    {
        var waited = Stopwatch.StartNew();
        for (var isFirst = true; !cancellation.IsCancellationRequested; isFirst = false)
        {
            if (Look() is { } found) return found;
            if (waited.Elapsed >= limit) break;
            if (isFirst && _address is { } address) say?.Invoke($"{address.Host} stands for no address yet");
            cancellation.WaitHandle.WaitOne(_address is null ? LookAgain : LookUpAgain);
        }
        return null;
    }

    /// <summary>Why <see cref="Find"/> found nothing.</summary>
    public string NotFound(TimeSpan limit) => _address is { } address
        ? FormattableString.Invariant($"--join: {address.Host} stands for no address, and has not for {limit.TotalSeconds:0} s; check the name")
        : FormattableString.Invariant($"no coordinator wrote its address to {_file} within {limit.TotalSeconds:0} s");

    /// <summary>
    /// Tells when the file names another address than the one in use: a coordinator was started again. Nothing to watch where
    /// the target is an address.
    /// </summary>
    public IDisposable? WatchForAnother((string Host, int Port) inUse, Action moved) => _file is null
        ? null
        : new Timer(_ =>
        {
            if (Read() is { } now && (now.Host, now.Port) != inUse) moved();
        }, null, LookForAnother, LookForAnother);

    /// <inheritdoc />
    public override string ToString() => _address is { } address ? $"{address.Host}:{address.Port}" : _file!;

    private (string Host, int Port)? Look()
    {
        if (_address is { } address) return HostName.Addresses(address.Host).Count > 0 ? address : null;
        return Read() is { } written ? (written.Host, written.Port) : null;
    }

    private CoordinatorAddress? Read()
    {
        try
        {
            return JsonSerializer.Deserialize<CoordinatorAddress>(File.ReadAllBytes(_file!), Json.Indented);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null;   // not there yet, or not whole
        }
    }
}
