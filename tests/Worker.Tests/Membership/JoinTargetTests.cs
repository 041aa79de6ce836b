using MiniBatch.Shared.Runs;
using MiniBatch.Worker.Membership;

namespace MiniBatch.Worker.Tests.Membership;

public sealed class JoinTargetTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("minibatch-test-").FullName;

    private string JoinFile => Path.Combine(_folder, "coordinator.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("127.0.0.1:4053", "127.0.0.1", 4053)]
    [InlineData("localhost:1", "localhost", 1)]
    [InlineData("LOCALHOST:1", "localhost", 1)]
    [InlineData("[::1]:65535", "[::1]", 65535)]
    [InlineData("[0:0::0001]:65535", "[::1]", 65535)]
    [InlineData("[::ffff:127.0.0.1]:65535", "127.0.0.1", 65535)]
    public void Address_is_found_at_once(string join, string host, int port) =>
        Assert.Equal((host, port), JoinTarget.Parse(join, joinFile: null).Find(TimeSpan.Zero, CancellationToken.None));

    [Theory]
    [InlineData("coordinator")]
    [InlineData("coordinator:")]
    [InlineData(":4053")]
    [InlineData("coordinator:0")]
    [InlineData("coordinator:65536")]
    [InlineData("coordinator:+1")]
    [InlineData("coordinator:4053 ")]
    [InlineData("")]
    public void What_is_no_address_is_one_line_with_an_example(string join)
    {
        var error = Assert.Throws<UserErrorException>(() => JoinTarget.Parse(join, joinFile: null));
        Assert.Equal(($"--join {join}: give HOST:PORT, such as 127.0.0.1:4053 or [::1]:4053", 2), (error.Message, error.ExitCode));
    }

    [Fact]
    public void IPv6_address_without_brackets_is_answered_with_them()
    {
        var error = Assert.Throws<UserErrorException>(() => JoinTarget.Parse("::1:4153", joinFile: null));
        Assert.Equal(("--join ::1:4153: put an IPv6 address in brackets, such as [::1]:4153", 2), (error.Message, error.ExitCode));
    }

    [Fact]
    public void Nothing_to_join_is_one_line_that_names_the_flag()
    {
        var error = Assert.Throws<UserErrorException>(() => JoinTarget.Parse(null, null));
        Assert.Contains("--join HOST:PORT", error.Message);
        Assert.Equal(2, error.ExitCode);
    }

    [Fact]
    public async Task File_that_appears_later_is_waited_for()
    {
        var finding = Task.Run(() => JoinTarget.Parse(null, JoinFile).Find(Runs.Limit, CancellationToken.None));
        RunDirectory.WriteJson(JoinFile, new CoordinatorAddress("here", 4053, 5000, 1));
        Assert.Equal(("here", 4053), await finding);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"host\":\"he")]
    public async Task File_that_is_half_written_is_read_again(string half)
    {
        File.WriteAllText(JoinFile, half);
        Assert.Null(JoinTarget.Parse(null, JoinFile).Find(TimeSpan.FromMilliseconds(30), CancellationToken.None));
        var finding = Task.Run(() => JoinTarget.Parse(null, JoinFile).Find(Runs.Limit, CancellationToken.None));
        RunDirectory.WriteJson(JoinFile, new CoordinatorAddress("here", 4053, 5000, 1));
        Assert.Equal(("here", 4053), await finding);
    }

    [Fact]
    public void File_that_never_comes_ends_at_the_limit_or_when_cancelled()
    {
        var target = JoinTarget.Parse(null, JoinFile);
        Assert.Null(target.Find(TimeSpan.FromMilliseconds(50), CancellationToken.None));
        Assert.Null(target.Find(Runs.Limit, new CancellationToken(canceled: true)));
        Assert.Equal(JoinFile, target.ToString());
    }

    [Fact]
    public void Name_that_stands_for_no_address_is_waited_for_and_said_once()
    {
        var target = JoinTarget.Parse("no-such-host.invalid:4053", null);
        var said = new List<string>();
        Assert.Null(target.Find(TimeSpan.FromSeconds(1), CancellationToken.None, said.Add));
        Assert.Equal(["no-such-host.invalid stands for no address yet"], said);
        Assert.Equal("--join: no-such-host.invalid stands for no address, and has not for 1 s; check the name", target.NotFound(TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void Waiting_for_a_name_ends_when_the_worker_is_asked_to_stop()
    {
        using var stopping = new CancellationTokenSource();
        Assert.Null(JoinTarget.Parse("no-such-host.invalid:4053", null).Find(Runs.Limit, stopping.Token, _ => stopping.Cancel()));
    }
}
