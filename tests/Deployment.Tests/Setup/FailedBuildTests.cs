namespace MiniBatch.Deployment.Tests.Setup;

/// <summary>A first build that fails says why in one line, and nothing is lost: the next call takes it up again.</summary>
public sealed class FailedBuildTests : IDisposable
{
    private const string Announced = "minibatch: fetching packages and building (one to two minutes the first time)";
    private const string Kept = "; all it said is in artifacts/build.log";

    private readonly Checkout _checkout = new();

    public void Dispose() => _checkout.Dispose();

    [Theory]
    [InlineData(DotnetWords.SourceRefuses, "Unable to load the service index for source http://feed.example/index. Connection refused (feed.example:80)")]
    [InlineData(DotnetWords.SourceUnknown, "Unable to load the service index for source https://feed.example/index. Name or service not known (feed.example:443)")]
    [InlineData(DotnetWords.SourceOverloaded,
        "Failed to download package 'Serilog.4.4.0' from 'https://feed.example/f/serilog/4.4.0/serilog.4.4.0.nupkg'. Response status code does not indicate success: 503 (Service Unavailable)")]
    [InlineData(DotnetWords.DownloadCutShort,
        "Failed to download package 'Akka.1.5.74' from 'https://feed.example/f/akka/1.5.74/akka.1.5.74.nupkg'. The response ended prematurely, with at least 573152 additional bytes expected. (ResponseEnded)")]
    public void Without_a_network_it_is_said_what_was_not_reached(string words, string cause)
    {
        _checkout.BuildFails(words);
        Assert.Equal($"minibatch: packages could not be fetched ({cause}); check the network, or name another package source in NuGet.Config{Kept}", Failed());
    }

    [Fact]
    public void A_source_that_does_not_serve_is_told_apart_from_the_network()
    {
        _checkout.BuildFails(DotnetWords.SourceWithoutEncryption);
        var line = Failed();
        Assert.StartsWith("minibatch: packages could not be restored (You are running the 'restore' operation with an 'HTTP' source: http://feed.example/index.", line);
        Assert.EndsWith($"for more information); check the package sources that NuGet.Config names{Kept}", line);
    }

    [Theory]
    [InlineData(DotnetWords.DiskFullWhileUnpacking, "/home/user/.nuget/packages/microsoft.extensions.objectpool/6.0.36/wcfoaj10.0u3")]
    [InlineData(DotnetWords.DiskFullWhileCompiling, "/home/user/minibatch/B/obj/Release/net10.0/B.pdb")]
    public void A_full_disk_is_told_with_the_file_that_found_no_room(string words, string file)
    {
        _checkout.BuildFails(words);
        Assert.Equal($"minibatch: the disk is full at {file}; free 4 GB where packages are kept ({_checkout.Home}/.nuget/packages) and here{Kept}", Failed());
    }

    [Fact]
    public void A_full_disk_is_told_also_where_it_leaves_no_room_for_the_log()
    {
        Directory.CreateDirectory(_checkout.PathOf("artifacts/build.log"));
        _checkout.BuildFails(DotnetWords.DiskFullWhileUnpacking);
        Assert.EndsWith("free 4 GB where packages are kept (/packages) and here", Failed("NUGET_PACKAGES=/packages"));
    }

    [Fact]
    public void Where_nothing_can_be_written_it_is_said_before_the_build()
    {
        File.WriteAllText(_checkout.PathOf("artifacts"), "a file");
        var said = _checkout.Run("setup");
        Assert.Equal(1, said.ExitCode);
        var artifacts = _checkout.PathOf("artifacts");
        Assert.Equal([$"minibatch: {artifacts} can't be written to (File exists); free 4 GB there, or put MiniBatch into a folder of your own"], said.Errors);
        Assert.Equal(0, _checkout.Builds);
    }

    [Fact]
    public void What_the_compiler_says_is_shown_once_above_the_line()
    {
        _checkout.BuildFails(DotnetWords.OurOwnMistake);
        var said = _checkout.Run("setup");
        Assert.Equal(1, said.ExitCode);
        Assert.Equal(
            [
                Announced,
                "/home/user/minibatch/src/Worker/Program.cs(3,5): error CS1002: ; expected [/home/user/minibatch/src/Worker/MiniBatch.Worker.csproj]",
                "minibatch: the build failed" + Kept,
            ],
            said.Errors);
    }

    [Fact]
    public void A_build_that_was_killed_is_told_by_its_exit_code()
    {
        _checkout.BuildFails("", exitCode: 137);
        Assert.Equal("minibatch: the build ended with exit code 137" + Kept, Failed());
    }

    [Fact]
    public void All_that_the_build_said_is_kept()
    {
        _checkout.BuildFails(DotnetWords.SourceRefuses);
        Failed();
        Assert.Equal(DotnetWords.SourceRefuses, File.ReadAllText(_checkout.PathOf("artifacts/build.log")).TrimEnd());
    }

    [Fact]
    public void The_next_call_builds_again()
    {
        _checkout.BuildFails(DotnetWords.SourceRefuses);
        Failed();
        Failed();
        _checkout.BuildSucceeds();
        Assert.Equal(0, _checkout.Run("setup").ExitCode);
        Assert.Equal(3, _checkout.Builds);
    }

    [Fact]
    public void An_earlier_builds_stamp_does_not_outlive_one_that_failed()
    {
        Assert.Equal(0, _checkout.Run("setup").ExitCode);
        _checkout.BuildFails(DotnetWords.DiskFullWhileCompiling);
        Failed("TorchFlavor=cuda-linux");
        // Half of what is there may be the other flavour's.
        _checkout.BuildSucceeds();
        Assert.Equal(0, _checkout.Run("setup").ExitCode);
        Assert.Equal(3, _checkout.Builds);
    }

    /// <summary>The line that a set-up ended in.</summary>
    private string Failed(string variable = "LANG=C")
    {
        var said = _checkout.RunWith(variable, "setup");
        Assert.Equal(1, said.ExitCode);
        Assert.Equal("", said.Output);
        Assert.Equal(Announced, said.Errors[0]);
        Assert.False(File.Exists(_checkout.Stamp));
        return Assert.Single(said.Errors[1..]);
    }
}
