namespace MiniBatch.Deployment.Tests.Setup;

/// <summary>What a machine lacks is told in one line, before anything is fetched or built.</summary>
public sealed class MachineTests : IDisposable
{
    private readonly Checkout _checkout = new();

    public void Dispose() => _checkout.Dispose();

    [Theory]
    [InlineData("Linux aarch64")]
    [InlineData("Linux armv7l")]
    [InlineData("Darwin arm64")]
    public void Another_machine_than_Linux_on_x86_64_is_refused(string machine)
    {
        _checkout.Says("uname", machine);
        Refused($"minibatch: this machine is {machine}, and TorchSharp's libtorch is for Linux on x86_64 only: use such a machine, or a container of it (docker/)");
    }

    [Fact]
    public void A_machine_that_has_no_flock_either_is_refused_for_what_it_is()
    {
        _checkout.Says("uname", "Darwin arm64");
        _checkout.HasNo("flock");
        Assert.StartsWith("minibatch: this machine is Darwin arm64", Refused());
    }

    [Fact]
    public void Musl_is_refused()
    {
        _checkout.Says("ldd", "musl libc (x86_64)\nVersion 1.2.5\nDynamic Program Loader\nUsage: ldd [options] [--] pathname", exitCode: 1);
        Assert.Contains("musl", Refused());
    }

    [Fact]
    public void Where_dotnet_is_not_installed_it_is_said_where_to_get_it()
    {
        _checkout.HasNo("dotnet");
        Refused("minibatch: dotnet is not installed; install the .NET 10 SDK: https://dotnet.microsoft.com/download/dotnet/10.0");
    }

    [Theory]
    [InlineData("8.0.404")]
    [InlineData("9.0.308")]
    public void An_older_SDK_is_named(string version)
    {
        _checkout.DotnetSays(version);
        Assert.StartsWith($"minibatch: the .NET SDK here is {version}; install the .NET 10 SDK", Refused());
    }

    [Theory]
    [InlineData("10.0.100-rc.2.25502.107")]
    [InlineData("11.0.100")]
    public void A_newer_SDK_will_do(string version)
    {
        _checkout.DotnetSays(version);
        Assert.Equal(0, _checkout.Run("setup").ExitCode);
    }

    [Fact]
    public void A_runtime_without_an_SDK_is_told_as_that()
    {
        _checkout.DotnetSays(DotnetWords.NoSdk, exitCode: 155);
        Assert.StartsWith("minibatch: dotnet is installed without an SDK; install the .NET 10 SDK", Refused());
    }

    [Fact]
    public void A_global_json_that_asks_for_another_SDK_is_named()
    {
        _checkout.DotnetSays(DotnetWords.AnotherSdkAskedFor, exitCode: 155);
        Assert.StartsWith("minibatch: /home/user/global.json asks for the .NET SDK 8.0.100, which is not installed; change that file, or install", Refused());
    }

    [Fact]
    public void What_dotnet_says_that_does_not_run_is_passed_on()
    {
        _checkout.DotnetSays(DotnetWords.HalfInstalled, exitCode: 131);
        Refused("minibatch: dotnet is installed and does not run: Error: [/usr/share/dotnet/host/fxr] does not exist; install the .NET 10 SDK: https://dotnet.microsoft.com/download/dotnet/10.0");
    }

    [Fact]
    public void A_limit_of_open_files_that_is_too_low_is_told_before_dotnet_fails_for_it()
    {
        Assert.Equal(
            "minibatch: at most 255 files can be open at a time here, and 256 are needed; raise the limit (ulimit -n 1024)",
            Refused(_checkout.RunWithOpenFiles(255, "setup")));
        Assert.Equal(0, _checkout.RunWithOpenFiles(256, "setup").ExitCode);
    }

    private void Refused(string line) => Assert.Equal(line, Refused());

    private string Refused() => Refused(_checkout.Run("setup"));

    private string Refused(Said said)
    {
        Assert.Equal(1, said.ExitCode);
        Assert.Equal("", said.Output);
        Assert.Equal(0, _checkout.Builds);
        Assert.False(File.Exists(_checkout.Stamp));
        return Assert.Single(said.Errors);
    }
}
