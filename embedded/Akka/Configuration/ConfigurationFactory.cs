namespace Akka.Configuration;

/// <summary>Makes configurations.</summary>
public class ConfigurationFactory
{
    /// <summary>Has no value at any path.</summary>
    public static Config Empty => Config.Empty;

    /// <summary>Parses HOCON; see docs of the slice for the part that is read.</summary>
    /// <exception cref="ConfigurationException">Not HOCON; the message has line, column and what is wrong.</exception>
    public static Config ParseString(string hocon) => new(HoconParser.Parse(hocon));
}
