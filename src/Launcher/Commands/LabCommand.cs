using System.CommandLine;
using MiniBatch.Launcher.Labs;
using MiniBatch.Launcher.LocalRun;
using MiniBatch.Shared.Processes;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Commands;

/// <summary><c>lab</c>: predicts, measures on this machine, and shows both.</summary>
public static class LabCommand
{
    private static readonly Lab[] Labs = [new LearningRateLab(), new OptimizersLab(), new KillLab(), new WorkersLab()];

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var which = new Argument<string?>("lab") { Description = "which one; without it they are listed", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("lab", "Asks the cluster a question: first what must come out, then what does.") { which };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(which) is not { } name)
            {
                foreach (var each in Labs) Console.WriteLine($"  {each.Name,-15} {each.Question}");
                Console.WriteLine("\n./cluster lab NAME runs one.");
                return 0;
            }
            var lab = Labs.FirstOrDefault(each => each.Name == name) ?? throw new UserErrorException(
                $"there is no lab '{name}'; there are {string.Join(", ", Labs.Select(each => each.Name))}", UserErrorException.Usage);
            return Run(lab);
        });
        return command;
    }

    private static int Run(Lab lab)
    {
        using var signals = new StopSignals(supervised: false);
        var temporary = Directory.CreateTempSubdirectory("minibatch-lab-");
        try
        {
            var bench = new LabBench(BuiltPrograms.Find(AppContext.BaseDirectory), temporary.FullName, signals.Token);
            return lab.Run(bench, Console.Out) ? 0 : UserErrorException.Failure;
        }
        catch (OperationCanceledException)
        {
            return signals.ExitCode;
        }
        finally
        {
            temporary.Delete(recursive: true);
        }
    }
}
