namespace MiniBatch.Deployment.Tests.Setup;

/// <summary>What is set up is not set up again, and what has changed is.</summary>
public sealed class SetUpTests : IDisposable
{
    private readonly Checkout _checkout = new();

    public void Dispose() => _checkout.Dispose();

    public static TheoryData<string> Programs => [.. Checkout.Programs];

    [Fact]
    public void The_second_call_does_nothing()
    {
        SetUp();
        var said = _checkout.Run("setup");
        Assert.Equal((0, "set up\n"), (said.ExitCode, said.Output));
        Assert.Equal([], said.Errors);
        Assert.Equal(1, _checkout.Builds);
    }

    [Theory]
    [InlineData("train", "Launcher", "<train> ")]
    [InlineData("coordinator", "Coordinator", "")]
    [InlineData("worker", "Worker", "")]
    [InlineData("devices", "Launcher", "<devices> ")]
    [InlineData("lesson", "Launcher", "<lesson> ")]
    public void A_command_sets_up_and_becomes_its_program(string command, string program, string first)
    {
        var said = _checkout.Run(command, "--flag", "two words");
        Assert.Equal($"<{_checkout.ProgramOf(program)}> {first}<--flag> <two words> ", said.Output);
        Assert.Equal(Checkout.ExitCodeOfPrograms, said.ExitCode);
        Assert.Equal(1, _checkout.Builds);
    }

    [Fact]
    public void Tests_are_built_for_who_runs_them_and_for_set_up()
    {
        _checkout.Run("train", "mnist");
        File.AppendAllText(_checkout.PathOf("tests/Worker.Tests/WorkerTests.cs"), "// changed\n");
        _checkout.Run("train", "mnist");
        Assert.Equal(["src/Launcher"], _checkout.BuildTargets);

        _checkout.Run("test");
        _checkout.Run("setup");
        _checkout.Run("train", "mnist");
        Assert.Equal(["src/Launcher", "Cluster.sln"], _checkout.BuildTargets);
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void A_program_that_is_missing_is_built_again(string program)
    {
        SetUp();
        File.Delete(_checkout.ProgramOf(program));
        SetUp();
        Assert.True(File.Exists(_checkout.ProgramOf(program)));
        Assert.Equal(2, _checkout.Builds);
    }

    [Fact]
    public void A_link_to_a_package_folder_that_is_gone_is_made_again()
    {
        SetUp();
        File.Delete(_checkout.Libtorch);
        File.CreateSymbolicLink(_checkout.Libtorch, "/packages/that/were/removed/libtorch_cpu.so");
        SetUp();
        Assert.Equal("linked\n", File.ReadAllText(_checkout.Libtorch));
    }

    [Fact]
    public void A_change_a_new_file_and_one_that_is_gone_are_built()
    {
        SetUp();
        var source = _checkout.PathOf(Checkout.SourceOf("Worker"));
        File.WriteAllText(source, "// changed");
        SetUp();
        File.Copy(source, source + ".cs");
        File.SetLastWriteTimeUtc(source + ".cs", DateTime.UnixEpoch);
        SetUp();
        File.Delete(source + ".cs");
        SetUp();
        Assert.Equal(4, _checkout.Builds);
    }

    [Fact]
    public void Another_libtorch_is_built()
    {
        SetUp();
        Assert.Equal(0, _checkout.RunWith("TorchFlavor=cuda-linux", "setup").ExitCode);
        Assert.Equal(2, _checkout.Builds);
    }

    [Fact]
    public void What_a_build_makes_is_not_taken_for_a_change()
    {
        SetUp();
        File.WriteAllText(_checkout.ProgramOf("Worker"), "newer than the stamp");
        SetUp();
        Assert.Equal(1, _checkout.Builds);
    }

    [Fact]
    public void A_home_folder_that_does_not_exist_is_replaced()
    {
        var missing = Path.Combine(_checkout.Home, "no/such/folder");
        Assert.Equal(0, _checkout.RunAt(missing, "setup").ExitCode);
        Assert.False(Directory.Exists(missing));
        Assert.Equal(_checkout.PathOf("artifacts/home"), _checkout.HomeOfDotnet);
        Assert.True(Directory.Exists(_checkout.HomeOfDotnet));
    }

    [Fact]
    public void A_home_folder_that_exists_is_left_alone()
    {
        SetUp();
        Assert.Equal(_checkout.Home, _checkout.HomeOfDotnet);
    }

    [Fact]
    public void A_link_to_the_script_leads_to_it()
    {
        var link = Path.Combine(_checkout.Home, "minibatch");
        File.CreateSymbolicLink(link, _checkout.PathOf("cluster"));
        Assert.Equal(0, _checkout.RunBy(link, "setup").ExitCode);
        Assert.True(File.Exists(_checkout.Stamp));
    }

    [Fact]
    public void A_link_to_the_clone_is_as_good_as_the_clone()
    {
        SetUp();
        var link = Path.Combine(_checkout.Home, "a link");
        Directory.CreateSymbolicLink(link, _checkout.PathOf(""));
        Assert.Equal($"<{_checkout.ProgramOf("Launcher")}> <train> <mnist> ", _checkout.RunBy(Path.Combine(link, "cluster"), "train", "mnist").Output);
        Assert.Equal(1, _checkout.Builds);
    }

    [Fact]
    public void Of_two_calls_at_once_one_builds_and_the_other_says_that_it_waits()
    {
        _checkout.BuildSucceedsOnceAnotherCallWaits();
        var calls = Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => _checkout.Run("setup")))).Result;
        Assert.All(calls, said => Assert.Equal((0, "set up\n"), (said.ExitCode, said.Output)));
        Assert.Equal(["minibatch: another set-up is running here; waiting for it"], calls.SelectMany(said => said.Errors).Where(line => !line.Contains("building", StringComparison.Ordinal)));
        Assert.Equal(1, _checkout.Builds);
    }

    [Fact]
    public void Where_dotnet_was_removed_after_the_build_it_is_said()
    {
        SetUp();
        _checkout.HasNo("dotnet");
        var said = _checkout.Run("train", "mnist");
        Assert.Equal(1, said.ExitCode);
        Assert.StartsWith("minibatch: dotnet is not installed; install", Assert.Single(said.Errors));
    }

    [Theory]
    [InlineData("minibatch: there is no command nonsense; ./cluster help lists those there are", "nonsense")]
    [InlineData("minibatch: test has no flag --nonsense; it takes --group NAME or --filter EXPRESSION", "test", "--nonsense")]
    [InlineData("minibatch: --group: give it a value", "test", "--group")]
    [InlineData("minibatch: setup takes no flags; it was given --nonsense", "setup", "--nonsense")]
    public void A_call_that_is_none_exits_2_with_one_line(string line, params string[] arguments)
    {
        var said = _checkout.Run(arguments);
        Assert.Equal((2, ""), (said.ExitCode, said.Output));
        Assert.Equal([line], said.Errors);
        Assert.Equal(0, _checkout.Builds);
    }

    private void SetUp() => Assert.Equal(0, _checkout.Run("setup").ExitCode);
}
