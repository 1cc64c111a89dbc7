(function_definition name: (word) @name) @function
(program (variable_assignment name: (variable_name) @name) @constant)
(program (declaration_command (variable_assignment name: (variable_name) @name)) @constant)

(command name: (command_name (word) @ref))

(command name: (command_name (word) @via) . argument: [(word) (string) (raw_string)] @import)
