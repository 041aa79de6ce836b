using System.CommandLine;
using MiniBatch.LivePage.Live;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;
using MiniBatch.TrainedModels.Predictions;

namespace MiniBatch.Launcher.Watching;

/// <summary>
/// <c>serve-model</c>, for the live page alone: answers in the place of a run's coordinator when the run is over, with the model that it
/// left. A process of its own, because it loads libtorch and pins kernels, which is done once a process.
/// </summary>
public static class ModelService
{
    /// <summary>What the page's server calls it.</summary>
    public const string Name = "serve-model";

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var run = Flag.PathArgument("run-dir", "the directory of a run that is over");
        var socket = Flag.Path("--supervisor-socket", "where the page's server listens", "FILE");
        socket.Required = true;
        var command = new Command(Name, "Answers what a finished model makes of samples.") { Hidden = true };
        command.Arguments.Add(run);
        command.Options.Add(socket);
        command.SetAction(parsed =>
        {
            var directory = new RunDirectory(Path.GetFullPath(parsed.GetValue(run)!));
            try
            {
                using var model = new ModelOutputs(ModelFile.ReadFor(directory.Model, directory.ReadSpec().Workload));
                var link = LinkToSupervisor.Connect(parsed.GetValue(socket)!, new FinishedRun(model)) ?? throw new UserErrorException("nobody serves a page there");
                link.Ended.GetAwaiter().GetResult();
            }
            catch (WeightsException e)
            {
                throw new UserErrorException(e.Message, cause: e);
            }
        });
        return command;
    }

    /// <summary>A run of which there is only the model.</summary>
    private sealed class FinishedRun(ModelOutputs model) : NoLiveRun
    {
        private readonly Lock _gate = new();

        public override Task<ForwardAnswer?> ForwardAsync(float[] inputs, int samples, CancellationToken cancellation)
        {
            lock (_gate) return Task.FromResult<ForwardAnswer?>(new ForwardAnswer(model.Version, Worker: null, model.Of(inputs, samples)));
        }
    }
}
