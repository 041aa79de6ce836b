using Akka.Actor;
using Akka.Configuration;

namespace Akka.Event;

/// <summary>Starts the loggers that a system's configuration names, before anything else of the system logs.</summary>
internal static class LoggerStart
{
    /// <summary>Loggers in <c>akka.loggers</c> get events of <c>akka.loglevel</c> and above; without any, warnings go to the console.</summary>
    /// <exception cref="ConfigurationException">A logger's type cannot be loaded.</exception>
    public static void Run(ActorSystemImpl system)
    {
        var config = system.Settings.Config;
        var names = config.GetStringList("akka.loggers");
        if (names.Count == 0)
        {
            var level = Logging.LogLevelFor(config.GetString("akka.stdout-loglevel", "WARNING"));
            Add(system, typeof(ConsoleLogger), "log-console", level > system.EventStream.LogLevel ? level : system.EventStream.LogLevel);
        }
        foreach (var (name, index) in names.Select((name, index) => (name, index)))
        {
            var type = ConfiguredTypes.Find(name, "akka.loggers");
            Add(system, type, $"log{index + 1}-{type.Name}", system.EventStream.LogLevel);
        }
    }

    private static void Add(ActorSystemImpl system, Type type, string name, LogLevel level)
    {
        var timeout = system.Settings.Config.GetTimeSpan("akka.logger-startup-timeout", TimeSpan.FromSeconds(5));
        var logger = system.SystemActorOf(Props.Create(type), name);
        var reply = new ReplyRef(system.Root.Path / "temp" / name);
        logger.Tell(new InitializeLogger(system.EventStream), reply);
        if (!reply.Reply.Wait(timeout) || reply.Reply.Result is not LoggerInitialized)
            Console.Error.WriteLine($"Logger {name} did not answer InitializeLogger with LoggerInitialized within {timeout.TotalSeconds} s.");
        for (var at = level; at <= LogLevel.ErrorLevel; at++) system.EventStream.Subscribe(logger, Logging.ClassFor(at));
    }
}

/// <summary>Prints log events; the logger of a system that names none.</summary>
internal sealed class ConsoleLogger : UntypedActor
{
    protected override void OnReceive(object message)
    {
        if (message is InitializeLogger) Sender.Tell(new LoggerInitialized());
        else Console.Out.WriteLine(message);
    }
}
