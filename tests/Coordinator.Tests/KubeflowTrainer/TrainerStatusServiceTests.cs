using MiniBatch.Coordinator.KubeflowTrainer;
using MiniBatch.Coordinator.Monitoring;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.Tests.KubeflowTrainer;

/// <summary>Reports over a real connection.</summary>
public sealed class TrainerStatusServiceTests : IDisposable
{
    private static readonly RunSpec Spec = Specs.Small();

    private readonly StatusServer _server = new();
    private readonly CoordinatorMonitor _monitor = new(Spec);

    public void Dispose()
    {
        _monitor.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task Each_report_is_posted_to_the_TrainJob_with_the_token_of_that_moment()
    {
        using var service = Service();
        await service.StartAsync(CancellationToken.None);
        await UntilAsync(() => _server.Requests.Count > 0);
        File.WriteAllText(_server.TokenFile, "token-2");
        CommitUpTo(8);
        await UntilAsync(() => _server.Requests.Any(request => PercentageOf(request) == 50));
        CommitUpTo(PlannedSteps);
        await service.StopAsync(CancellationToken.None);

        // One that takes longer than the time between two, on a busy machine, is made again.
        Assert.Equal([0, 50, 100], _server.Requests.Select(PercentageOf).Distinct());
        Assert.Equal("Bearer token-1", _server.Requests[0].Authorization);
        Assert.All(_server.Requests.Where(request => PercentageOf(request) > 0), request => Assert.Equal("Bearer token-2", request.Authorization));
        Assert.All(_server.Requests, request => Assert.Equal(("POST", new Uri(_server.Url).AbsolutePath), (request.Method, request.Path)));
    }

    private static int PercentageOf(StatusRequest request) => (int)request.Body["trainerStatus"]!["progressPercentage"]!;

    [Fact]
    public async Task Nothing_is_posted_while_nothing_changes()
    {
        using var service = Service();
        await service.StartAsync(CancellationToken.None);
        await UntilAsync(() => _server.Requests.Count == 1);
        await Task.Delay(TimeSpan.FromSeconds(1));   // fifty intervals
        await service.StopAsync(CancellationToken.None);
        // The last report is the first again, where that was still on its way.
        Assert.InRange(_server.Requests.Count, 1, 2);
    }

    [Fact]
    public async Task An_endpoint_that_never_answers_holds_up_neither_steps_nor_for_long_the_end()
    {
        _server.Answers = async aborted =>
        {
            await Task.Delay(Timeout.Infinite, aborted).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            return 200;
        };
        using var service = Service();
        await service.StartAsync(CancellationToken.None);
        await UntilAsync(() => _server.Requests.Count > 0);
        CommitUpTo(PlannedSteps);   // returns: nobody waits
        Assert.Equal(PlannedSteps, _monitor.Training.Progress.Step);
        await service.StopAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60));   // gives itself 2 s
    }

    [Fact]
    public async Task A_report_that_was_refused_is_made_again()
    {
        var answers = new Queue<int>([503, 403, 200]);
        _server.Answers = _ => Task.FromResult(answers.TryDequeue(out var status) ? status : 200);
        using var service = Service();
        await service.StartAsync(CancellationToken.None);
        await UntilAsync(() => _server.Requests.Count == 3);
        await Task.Delay(TimeSpan.FromSeconds(1));   // one that is stopped before the answer has come reports once more
        await service.StopAsync(CancellationToken.None);
        Assert.Equal(3, _server.Requests.Count);
    }

    [Fact]
    public async Task Nothing_is_sent_to_a_server_that_the_authority_does_not_vouch_for()
    {
        _server.TrustAnother();
        var problem = await Endpoint().PostAsync("{}", CancellationToken.None);
        Assert.Contains("certificate", problem, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(_server.Requests);
    }

    [Theory]
    [InlineData("http://localhost/", "no address that begins with https://")]
    [InlineData("nonsense", "no address that begins with https://")]
    public async Task An_address_without_TLS_is_refused(string url, string said) =>
        Assert.Contains(said, await (Endpoint() with { Url = url }).PostAsync("{}", CancellationToken.None));

    [Fact]
    public async Task A_file_that_is_missing_is_named()
    {
        File.Delete(_server.TokenFile);
        Assert.Contains(_server.TokenFile, await Endpoint().PostAsync("{}", CancellationToken.None));
        File.Delete(_server.AuthorityFile);
        Assert.Contains(_server.AuthorityFile, await Endpoint().PostAsync("{}", CancellationToken.None));
    }

    [Fact]
    public void Without_the_variable_there_is_no_endpoint() => Assert.Null(TrainerEndpoint.Given(_ => null));

    private static long PlannedSteps => (long)Spec.Epochs * Spec.StepsPerEpoch;

    private TrainerEndpoint Endpoint() => TrainerEndpoint.Given(variable => _server.Variables.GetValueOrDefault(variable))!;

    private TrainerStatusService Service() => new(Endpoint(), _monitor) { Interval = TimeSpan.FromMilliseconds(20) };

    private void CommitUpTo(long step) => _monitor.Training.GoesOn(step, 0, []);

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!holds()) await Task.Delay(5, limit.Token);
    }
}
