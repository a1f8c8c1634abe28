namespace Sv2.Roles.Orleans;

/// <summary>An error that an operator reads, on its way between silos: the words that it is made of again.</summary>
[GenerateSerializer, Alias("sv2.role-error")]
public struct RoleErrorSurrogate
{
    /// <summary>What is wrong; for a name that is not known, the name.</summary>
    [Id(0)]
    public string Message;

    /// <summary>What to do about it; for a name that is not known, what it should have been the name of.</summary>
    [Id(1)]
    public string? Fix;

    /// <summary>Each thing that is wrong, for a configuration.</summary>
    [Id(2)]
    public ConfigurationProblem[]? Problems;
}

[RegisterConverter]
internal sealed class RoleExceptionConverter : IConverter<RoleException, RoleErrorSurrogate>
{
    public RoleException ConvertFromSurrogate(in RoleErrorSurrogate surrogate) => new(surrogate.Message, surrogate.Fix);

    public RoleErrorSurrogate ConvertToSurrogate(in RoleException value) => new() { Message = value.Message, Fix = value.Fix };
}

[RegisterConverter]
internal sealed class RoleConflictConverter : IConverter<RoleConflictException, RoleErrorSurrogate>
{
    public RoleConflictException ConvertFromSurrogate(in RoleErrorSurrogate surrogate) => new(surrogate.Message, surrogate.Fix);

    public RoleErrorSurrogate ConvertToSurrogate(in RoleConflictException value) => new() { Message = value.Message, Fix = value.Fix };
}

[RegisterConverter]
internal sealed class RoleNotFoundConverter : IConverter<RoleNotFoundException, RoleErrorSurrogate>
{
    public RoleNotFoundException ConvertFromSurrogate(in RoleErrorSurrogate surrogate) => new(surrogate.Message, surrogate.Fix!);

    public RoleErrorSurrogate ConvertToSurrogate(in RoleNotFoundException value) => new() { Message = value.Name, Fix = value.What };
}

[RegisterConverter]
internal sealed class ConfigurationErrorConverter : IConverter<ConfigurationException, RoleErrorSurrogate>
{
    public ConfigurationException ConvertFromSurrogate(in RoleErrorSurrogate surrogate) => new(surrogate.Problems!);

    public RoleErrorSurrogate ConvertToSurrogate(in ConfigurationException value) => new() { Message = value.Message, Problems = [.. value.Problems] };
}
