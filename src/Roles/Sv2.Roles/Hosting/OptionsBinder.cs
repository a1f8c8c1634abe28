using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sv2.Roles.Hosting;

/// <summary>
/// Turns a configuration into a role's options. Everything that is wrong is reported at once, each with its full key, the
/// value found, the limit and the fix.
/// </summary>
public static class OptionsBinder
{
    /// <summary>Most problems that one exception reports.</summary>
    private const int ProblemsMax = 50;

    /// <summary>Binds and validates.</summary>
    /// <exception cref="ConfigurationException">Something is wrong.</exception>
    public static object Bind(IRoleKind kind, JsonObject configuration)
    {
        object options = Bind(kind.OptionsType, configuration);
        ThrowIfAny([.. kind.Validate(options)]);
        return options;
    }

    /// <summary>Binds and validates options that belong to no role.</summary>
    /// <exception cref="ConfigurationException">Something is wrong.</exception>
    public static T Bind<T>(JsonObject configuration)
        where T : class => (T)Bind(typeof(T), configuration);

    private static object Bind(Type type, JsonObject configuration)
    {
        var problems = new List<ConfigurationProblem>();
        ShapeCheck.Check(configuration, RoleJson.Configuration.GetTypeInfo(type), problems);
        ThrowIfAny(problems);

        object options;
        try
        {
            options = configuration.Deserialize(type, RoleJson.Configuration)!;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentException or ValidationException)
        {
            // The shape was fine, so an init accessor or a constructor objected.
            string key = e is JsonException { Path: { } path } ? path.TrimStart('$').TrimStart('.') : "";
            throw new ConfigurationException(key, e.Message, null, e);
        }

        AnnotationCheck.Check(options, problems);
        ThrowIfAny(problems);
        return options;
    }

    private static void ThrowIfAny(List<ConfigurationProblem> problems)
    {
        if (problems.Count > 0)
            throw new ConfigurationException([.. problems.Take(ProblemsMax)]);
    }
}
