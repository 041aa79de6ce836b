namespace MiniBatch.Hosting.Tests.Queries;

/// <summary>A query that can't give what it says is found.</summary>
public sealed class QueryLabelsTests
{
    [Theory]
    [InlineData("minibatch_workers", "instance job namespace pod")]
    [InlineData("sum(rate(minibatch_samples_total[1m]))", "")]
    [InlineData("sum by (worker) (rate(minibatch_samples_total{namespace=\"n\"}[1m]))", "worker")]
    [InlineData("sum without (worker, pod, job) (minibatch_slots_total)", "instance namespace")]
    [InlineData("histogram_quantile(0.5, sum by (le, worker) (rate(minibatch_staleness_bucket[1m])))", "worker")]
    [InlineData("minibatch_step / minibatch_planned_steps and on (instance) minibatch_run_info{run=~\"a\"}", "instance job namespace pod")]
    [InlineData("rate(minibatch_step_wait_seconds_sum[1m]) / ignoring (worker) group_left () rate(minibatch_step_duration_seconds_sum[1m])", "instance job namespace pod worker")]
    [InlineData("minibatch_workers == 0 and minibatch_step < 2 * minibatch_planned_steps", "instance job namespace pod")]
    public void Labels_of_a_query_are_those_of_its_result(string query, string labels) =>
        Assert.Equal(labels, string.Join(' ', QueryLabels.Of(PromQuery.Parse(query))!.Order()));

    [Theory]
    [InlineData("minibatch_sample_total", "no node serves minibatch_sample_total")]
    [InlineData("minibatch_step_compute_seconds", "no node serves minibatch_step_compute_seconds")]
    [InlineData("rate(minibatch_samples[1m])", "no node serves minibatch_samples")]
    [InlineData("minibatch_workers{worker=\"w\"}", "minibatch_workers has no label worker")]
    [InlineData("sum by (worker) (minibatch_workers)", "sum names labels that are not there: worker")]
    [InlineData("rate(minibatch_workers[1m])", "rate of minibatch_workers, which may fall")]
    [InlineData("increase(minibatch_slots_reassigned_total[1m])", "increase of minibatch_slots_reassigned_total, which may fall")]
    [InlineData("delta(minibatch_samples_total[1m])", "delta of minibatch_samples_total, which only rises")]
    [InlineData("rate(minibatch_samples_total)", "minibatch_samples_total has no range")]
    [InlineData("abs(minibatch_train_loss[1m])", "minibatch_train_loss has a range")]
    [InlineData("histogram_quantile(0.5, rate(minibatch_staleness_sum[1m]))", "a quantile of what has no buckets")]
    [InlineData("rate(minibatch_slots_total[1m]) / rate(minibatch_steps_total[1m])", "the sides of / never pair")]
    [InlineData("minibatch_workers and minibatch_run_info", "the sides of and never pair")]
    [InlineData("minibatch_workers and on (run) minibatch_run_info", "and pairs by labels that one side lacks")]
    [InlineData("minibatch_workers / ignoring (worker) minibatch_step", "/ pairs by labels that neither side has: worker")]
    [InlineData("(minibatch_workers", "not expected at word 3")]
    [InlineData("minibatch_workers minibatch_step", "not expected at word 2")]
    [InlineData("minibatch_workers ; 2", "not expected at word 2")]
    [InlineData("stddev(minibatch_workers)", "stddev is new here")]
    public void Query_that_gives_nothing_or_nonsense_is_found(string query, string problem) =>
        Assert.StartsWith(problem, Assert.Throws<FormatException>(() => QueryLabels.Of(PromQuery.Parse(query))).Message);
}
