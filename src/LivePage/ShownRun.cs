using MiniBatch.LivePage.Live;
using MiniBatch.Shared.Runs;

namespace MiniBatch.LivePage;

/// <summary>What a page shows, and what it lets people do.</summary>
/// <param name="Directory">The run's, with its ledger and logs.</param>
/// <param name="Spec">The run.</param>
/// <param name="Live">The run while it is under way, or the model that it left.</param>
public sealed record ShownRun(RunDirectory Directory, RunSpec Spec, ILiveRun Live)
{
    /// <summary>What has buttons; null where the page only shows.</summary>
    public IRunControl? Control { get; init; }

    /// <summary>Where the run's dataset is; null for the usual places.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>Whether pictures that somebody draws or uploads are taken. Decoding them is work that only who has a token may ask for.</summary>
    public bool TakesPictures { get; init; }
}
