using MiniBatch.Launcher.LocalRun;
using MiniBatch.Shared.Processes;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Tests.LocalRun;

public class RunPageTests
{
    [Fact]
    public void Page_that_cannot_be_made_is_a_line_and_no_error()
    {
        var nobody = new BuiltPrograms(DotnetHost.Path, Path.Combine(Path.GetTempPath(), "nowhere", "MiniBatch.Launcher.dll"), "", "");
        Assert.False(string.IsNullOrWhiteSpace(new RunPage(nobody).Make(new RunDirectory("anywhere"), data: null)));
    }

    [Fact]
    public void Host_that_cannot_be_started_is_a_line_and_no_error()
    {
        var nobody = new BuiltPrograms("/nowhere/dotnet", "MiniBatch.Launcher.dll", "", "");
        Assert.Contains("/nowhere/dotnet", new RunPage(nobody).Make(new RunDirectory("anywhere"), data: null), StringComparison.Ordinal);
    }
}
