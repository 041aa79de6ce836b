using System.CommandLine;
using System.CommandLine.Parsing;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Processes;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Shared.CommandLine;

/// <summary>
/// Runs a command line the way every program of ours does: settings filled in from environment and file, whatever a
/// person can mend as one line on standard error and in a node's termination log, the exit code 0, 1 or 2.
/// </summary>
public static class CommandHost
{
    /// <summary>Prints the stack trace of an error; understood by every command.</summary>
    public static readonly Option<bool> Verbose = new("--verbose")
    {
        Description = "show more in logs, and the stack trace of an error",
        Recursive = true,
    };

    /// <summary>Parses and runs.</summary>
    /// <param name="root">The program's command; actions throw <see cref="UserErrorException"/> for what people can mend.</param>
    /// <param name="args">The command line.</param>
    /// <returns>The process's exit code.</returns>
    public static int Run(RootCommand root, string[] args)
    {
        root.Options.Add(Verbose);
        root.Options.Add(ConfiguredArguments.File);
        HelpPage.Install(root);
        var verbose = args.Contains("--verbose");
        try
        {
            OpenFiles.Require();
            args = ConfiguredArguments.Expand(root, args, Environment.GetEnvironmentVariable);
            verbose = args.Contains("--verbose");
            var parsed = root.Parse(args);
            if (parsed.Errors.Count > 0)
                throw new UserErrorException(Explain(parsed), UserErrorException.Usage);
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (UserErrorException e)
        {
            TerminationLog.Leave(TerminationLog.Of(root, args, Environment.GetEnvironmentVariable), e.LastWords);
            return Fail(e, e.ExitCode, verbose);
        }
        catch (Exception e) when (e is DatasetException or WeightsException or IOException or UnauthorizedAccessException)
        {
            TerminationLog.Leave(TerminationLog.Of(root, args, Environment.GetEnvironmentVariable), e.Message);
            return Fail(e, UserErrorException.Failure, verbose);
        }
    }

    /// <summary>Prints an error as a person should see it.</summary>
    public static int Fail(Exception error, int exitCode, bool verbose)
    {
        Console.Error.WriteLine($"minibatch: {error.Message.ReplaceLineEndings(" ")}");
        if (verbose) Console.Error.WriteLine(error);
        return exitCode;
    }

    private static string Explain(ParseResult parsed)
    {
        // What is wrong with a flag says more than that the word after it is left over.
        var error = parsed.Errors.FirstOrDefault(e => e.SymbolResult is OptionResult) ?? parsed.Errors[0];
        return $"{error.Message.TrimEnd('.')} ({HelpPage.TypedName(parsed.CommandResult.Command)} --help lists what there is)";
    }
}
