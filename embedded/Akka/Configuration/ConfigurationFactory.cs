namespace Akka.Configuration;

/// <summary>Makes configurations.</summary>
public class ConfigurationFactory
{
    /// <summary>Has no value at any path.</summary>
    public static Config Empty => Config.Empty;

    /// <summary>Parses HOCON: objects, dotted and quoted keys, texts, lists, comments; no substitutions, no includes, no '+='.</summary>
    /// <exception cref="ConfigurationException">Not HOCON; the message has line, column and what is wrong.</exception>
    public static Config ParseString(string hocon) => new(HoconParser.Parse(hocon));
}
