(class_definition name: (identifier) @name) @class
(object_definition name: (identifier) @name) @class
(trait_definition name: (identifier) @name) @type
(enum_definition name: (identifier) @name) @type
(type_definition name: (type_identifier) @name) @type
(function_definition name: (identifier) @name) @function
(function_declaration name: (identifier) @name) @function
(template_body (val_definition pattern: (identifier) @name) @constant)
(compilation_unit (val_definition pattern: (identifier) @name) @constant)

(call_expression function: [(identifier) @ref (field_expression field: (identifier) @ref)
  (generic_function function: (identifier) @ref)])
(instance_expression (type_identifier) @ref)
(extends_clause [(type_identifier) @ref (generic_type (type_identifier) @ref)])
(parameter type: [(type_identifier) @ref (generic_type (type_identifier) @ref)])
(class_parameter type: [(type_identifier) @ref (generic_type (type_identifier) @ref)])
(function_definition return_type: [(type_identifier) @ref (generic_type (type_identifier) @ref)])
(type_arguments (type_identifier) @ref)

(import_declaration) @use
