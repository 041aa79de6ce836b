using System.CommandLine;
using System.Text;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;

namespace MiniBatch.TrainedModels.Reports;

/// <summary>
/// <c>report</c>: makes <c>report.html</c> of what a run has left. The model is asked, hence with libtorch; <c>train</c> starts it as
/// a process of its own when its run is complete.
/// </summary>
public static class ReportCommand
{
    /// <summary>What is typed.</summary>
    public const string Name = "report";

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var run = Flag.PathArgument("run-dir", "the directory that the run has left");
        var data = Flag.Path("--data", "directory of the datasets [the user's cache, fetched into where need be]", "DIR");
        var command = new Command(Name, "Makes a page of a run: curves, workers, predictions, faults, hashes.") { run, data };
        command.SetAction(parsed =>
        {
            var directory = new RunDirectory(parsed.GetValue(run)!);
            var report = RunReport.Read(directory, parsed.GetValue(data), line => Console.Error.WriteLine($"minibatch: {line}"));
            try
            {
                AtomicFile.Write(directory.Report, Encoding.UTF8.GetBytes(ReportPage.Write(report)));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new UserErrorException($"{directory.Report} can't be written ({e.Message}); make room or give the right, then run this again", cause: e);
            }
            Console.WriteLine(directory.Report);
        });
        return command;
    }
}
