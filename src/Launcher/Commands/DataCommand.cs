using System.CommandLine;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Launcher.Commands;

/// <summary><c>data</c>: finds or fetches datasets, checks every byte of them and says where they are.</summary>
public static class DataCommand
{
    private const string Every = "all";

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var which = new Argument<string>("dataset")
        {
            Description = $"{string.Join(", ", DatasetCatalog.All.Select(description => description.Name))} or {Every} [{Every}]",
            DefaultValueFactory = _ => Every,
        };
        var data = Flag.Path("--data", "directory of the datasets [the user's cache, fetched into where need be]", "DIR");
        var command = new Command("data", "Finds or fetches the datasets, and checks them.") { which, data };
        command.Subcommands.Add(DataShowCommand.Create());
        command.SetAction(parsed =>
        {
            var verbose = parsed.GetValue(CommandHost.Verbose);
            var exitCode = 0;
            // One that can't be had is no reason to leave the next alone.
            foreach (var description in Chosen(parsed.GetValue(which)!))
            {
                try
                {
                    Show(description, parsed.GetValue(data));
                }
                catch (DatasetException e)
                {
                    exitCode = CommandHost.Fail(e, UserErrorException.Failure, verbose);
                }
            }
            return exitCode;
        });
        return command;
    }

    private static IReadOnlyList<DatasetDescription> Chosen(string name) => name == Every ? DatasetCatalog.All : [One(name)];

    /// <summary>The dataset of that name.</summary>
    /// <exception cref="UserErrorException">There is none.</exception>
    internal static DatasetDescription One(string name) => DatasetCatalog.All.FirstOrDefault(description => description.Name == name)
        ?? throw new UserErrorException(
            $"there is no dataset '{name}'; there are {string.Join(", ", DatasetCatalog.All.Select(description => description.Name))}",
            UserErrorException.Usage);

    private static void Show(DatasetDescription description, string? named)
    {
        var directory = DatasetLocator.FindOrFetch(description, named, line => Console.Error.WriteLine($"minibatch: {line}"));
        var dataset = ImageDataset.Load(description, directory);
        Console.WriteLine(
            $"{description.Name}: {dataset.Train.Count} training and {dataset.Test.Count} test samples in {Path.GetFullPath(directory)}, sha256 {description.Sha256}");
    }
}
